-- expect: out of time
local t = setmetatable({}, { __concat = function(a) while true do end end })
print(t .. "x")
