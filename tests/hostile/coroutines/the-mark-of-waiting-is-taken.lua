-- expect: out of time
-- The value that a waiting call yields is caught, and yielded again when no call waits.
local mark
local co = coroutine.create(function() task.sleep(100) end)
local yield = coroutine.yield
coroutine.yield = function(...) mark = ... return yield(...) end
task.race { function() coroutine.resume(coroutine.create(function() task.sleep(100) end)) end, function() task.sleep(0.01) end }
coroutine.yield = yield
while true do coroutine.yield(mark) end
