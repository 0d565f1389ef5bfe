-- expect: error
local function f() task.timeout(10, f) end
f()
