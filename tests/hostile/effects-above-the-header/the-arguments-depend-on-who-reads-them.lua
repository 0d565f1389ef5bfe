-- expect: exit 2
local args = { name = { "string", help = "Sets the name." } }
if io.open ~= io.lines then args.other = { "string", help = "Sets another.", default = "x" } end
return script { summary = "List nothing.", risk = "read", args = args, run = function() print("CANARY" .. "-7f3a") end }
