-- expect: error
local function f() return assert(load(f)) end
f()
