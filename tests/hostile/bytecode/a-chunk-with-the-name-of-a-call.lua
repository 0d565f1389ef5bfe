-- expect: error
-- By this name the program knows what may be told to give up, and how.
local wrapper = load("local yield = ... return function() return yield() end", "=__mlua_async_poll")
wrapper(coroutine.yield)
