-- expect: out of time
-- What is cancelled closes what it holds; that must not hold up the end.
local x <close> = setmetatable({}, { __close = function() while true do end end })
task.sleep(100)
