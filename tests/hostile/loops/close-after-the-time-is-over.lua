-- expect: out of time
-- A cancelled coroutine closes its variables; this must not delay the end of the run.
local x <close> = setmetatable({}, { __close = function() while true do end end })
task.sleep(100)
