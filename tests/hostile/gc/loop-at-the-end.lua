-- expect: done
-- A finalizer must not prevent the end of the process.
KEPT = setmetatable({}, { __gc = function() while true do end end })
