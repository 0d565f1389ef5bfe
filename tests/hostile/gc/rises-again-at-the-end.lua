-- expect: any
local function again() setmetatable({}, { __gc = again }) collectgarbage() end
again()
