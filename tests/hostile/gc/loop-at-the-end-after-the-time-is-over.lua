-- expect: out of time
KEPT = setmetatable({}, { __gc = function() while true do end end })
task.sleep(100)
