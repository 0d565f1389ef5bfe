-- expect: error
table.concat(setmetatable({}, { __index = { "" } }), "", 1, math.maxinteger)
