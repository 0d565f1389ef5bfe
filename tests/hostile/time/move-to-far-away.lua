-- expect: out of time or error
table.move({}, 1, math.maxinteger - 1, 2, setmetatable({}, { __newindex = function() end }))
