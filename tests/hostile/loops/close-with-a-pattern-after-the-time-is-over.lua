-- expect: out of time
local x <close> = setmetatable({}, { __close = function() string.find(("a"):rep(40), ("a?"):rep(40) .. ("a"):rep(40)) end })
task.sleep(100)
