-- expect: error
-- The functions that read a table call `__force` and `__records`.
local t = setmetatable({}, { __force = function(t) setmetatable(t, nil) error("forced") end, __records = "x" })
print(json.encode(t))
