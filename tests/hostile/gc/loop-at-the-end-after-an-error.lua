-- expect: error
KEPT = setmetatable({}, { __gc = function() while true do end end })
error("over")
