-- expect: any
local function f() return sweep.regions({ "eu-central-1" }, f) end
f()
