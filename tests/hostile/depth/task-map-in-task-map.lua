-- expect: error
local function f() task.map({ 1 }, f) end
f()
