-- expect: out of time or error
table.concat(setmetatable({}, { __index = function() return "" end, __len = function() return math.maxinteger end }), "", 1, math.maxinteger)
