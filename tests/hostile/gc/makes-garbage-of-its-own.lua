-- expect: any
local function spawn() for _ = 1, 100 do setmetatable({}, { __gc = spawn }) end end
spawn()
collectgarbage()
