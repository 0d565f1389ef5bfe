-- expect: any
setmetatable({}, { __gc = function() KEPT = {} while true do KEPT[#KEPT + 1] = {} end end })
collectgarbage()
