-- expect: out of time
task.race { function() while true do coroutine.yield("x") end end }
