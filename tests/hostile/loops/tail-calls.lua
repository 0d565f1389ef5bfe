-- expect: out of time
local function f() return f() end
f()
