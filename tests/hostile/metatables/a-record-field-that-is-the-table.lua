-- expect: error
local t = setmetatable({}, { __records = "self", __columns = { "a" } })
t.self = t
report.print(t)
