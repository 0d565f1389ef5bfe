-- expect: out of time or done or out of memory
setmetatable({}, { __gc = function() for _ = 1, 1e9 do ("x"):rep(1 << 22) end end })
collectgarbage()
while true do collectgarbage("step") end
