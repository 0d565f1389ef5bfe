-- expect: exit 2 or done or out of time
setmetatable({}, { __gc = function() (("a"):rep(100000)):find(".-.-.-.-b") end })
return script { summary = "List nothing.", risk = "read", run = function() end }
