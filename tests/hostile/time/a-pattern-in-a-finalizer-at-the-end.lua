-- expect: done
-- Finalizers do not run at the end of the process.
KEPT = setmetatable({}, { __gc = function() (("a"):rep(100000)):find(".-.-.-.-b") end })
