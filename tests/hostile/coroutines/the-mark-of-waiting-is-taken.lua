-- expect: out of time
-- What a call that waits passes up is caught, and given out when nothing waits.
local mark
local co = coroutine.create(function() task.sleep(100) end)
local yield = coroutine.yield
coroutine.yield = function(...) mark = ... return yield(...) end
task.race { function() coroutine.resume(coroutine.create(function() task.sleep(100) end)) end, function() task.sleep(0.01) end }
coroutine.yield = yield
while true do coroutine.yield(mark) end
