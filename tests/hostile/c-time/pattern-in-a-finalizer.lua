-- expect: out of time
setmetatable({}, { __gc = function() string.find(("a"):rep(40), ("a?"):rep(40) .. ("a"):rep(40)) end })
collectgarbage()
