-- expect: error
-- `__force` and `__records` are called by whoever reads the table.
local t = setmetatable({}, { __force = function(t) setmetatable(t, nil) error("forced") end, __records = "x" })
print(json.encode(t))
