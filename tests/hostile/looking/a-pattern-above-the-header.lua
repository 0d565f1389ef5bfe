-- expect: exit 2 or out of time
local _ = (("a"):rep(100000)):find(".-.-.-.-b")
return script { summary = "List nothing.", risk = "read", run = function() end }
