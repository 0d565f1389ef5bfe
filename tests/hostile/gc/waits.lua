-- expect: done
setmetatable({}, { __gc = function() task.sleep(100) end })
collectgarbage()
