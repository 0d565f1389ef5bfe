-- expect: out of time
local function again() setmetatable({}, { __gc = function() again() print("finalizer") end }) end
again()
while true do print(("x"):rep(2000), {}, {}) end
