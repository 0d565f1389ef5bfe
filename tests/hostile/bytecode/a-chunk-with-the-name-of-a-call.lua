-- expect: error
-- The program recognizes its interruptible calls by this chunk name.
local wrapper = load("local yield = ... return function() return yield() end", "=__mlua_async_poll")
wrapper(coroutine.yield)
