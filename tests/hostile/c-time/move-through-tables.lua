-- expect: out of time
table.move(setmetatable({}, { __index = {} }), 1, math.maxinteger - 1, 1, setmetatable({}, { __newindex = {} }))
