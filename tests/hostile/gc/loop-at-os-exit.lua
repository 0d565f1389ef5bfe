-- expect: done
KEPT = setmetatable({}, { __gc = function() while true do end end })
os.exit(true, true)
