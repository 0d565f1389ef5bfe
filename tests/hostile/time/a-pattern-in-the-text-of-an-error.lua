-- expect: out of time
error(setmetatable({}, { __tostring = function() return (("a"):rep(100000)):match(".-.-.-.-b") or "x" end }))
