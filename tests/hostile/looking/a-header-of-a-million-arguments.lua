-- expect: exit 2 or done or out of memory or out of time
local args = {}
for n = 1, 1000000 do args["a" .. n] = { "string", help = "Sets it." } end
return script { summary = "List nothing.", risk = "read", args = args, run = function() end }
