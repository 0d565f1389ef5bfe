-- expect: any
task.map(setmetatable({}, { __len = function() return math.maxinteger end, __index = function(_, n) return n end }), function() end)
