-- expect: done
setmetatable({}, { __gc = function() coroutine.wrap(function() task.sleep(100) end)() end })
collectgarbage()
