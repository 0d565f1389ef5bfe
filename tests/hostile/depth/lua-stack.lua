-- expect: error or out of time
local function f() return 1 + f() end
f()
