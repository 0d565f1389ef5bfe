-- expect: out of time
setmetatable({}, { __gc = function() while true do pcall(function() while true do end end) end end })
collectgarbage()
