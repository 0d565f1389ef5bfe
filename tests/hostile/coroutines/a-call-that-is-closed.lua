-- expect: done
local co = coroutine.create(function() task.sleep(100) end)
task.race { function() coroutine.resume(co) end, function() task.sleep(0.01) end }
coroutine.close(co)
