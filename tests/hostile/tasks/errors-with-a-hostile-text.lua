-- expect: out of time
task.map({ 1 }, function() error(setmetatable({}, { __tostring = function() while true do end end })) end)
