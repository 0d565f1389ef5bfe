-- expect: exit 2 or out of time
local all = {}
while true do all[#all + 1] = ("x"):rep(1 << 20) .. #all end
return script { summary = "List nothing.", risk = "read", run = function() end }
