-- expect: done
-- Nothing is left to do but to end: no finalizer keeps the process from that.
KEPT = setmetatable({}, { __gc = function() while true do end end })
