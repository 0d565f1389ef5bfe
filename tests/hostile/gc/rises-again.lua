-- expect: out of time
local function again() setmetatable({}, { __gc = again }) end
again()
while true do collectgarbage() end
