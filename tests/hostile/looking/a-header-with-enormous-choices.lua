-- expect: exit 2 or done or out of time
local choices = {}
for n = 1, 200000 do choices[n] = ("c"):rep(50) .. n end
return script { summary = "List nothing.", risk = "read", args = { a = { "string", help = "Sets it.", choices = choices, default = choices[1] } }, run = function() end }
