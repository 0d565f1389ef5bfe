-- expect: out of time
local _ <close> = setmetatable({}, { __close = function() while true do pcall(task.sleep, 3600) end end })
task.sleep(60)
