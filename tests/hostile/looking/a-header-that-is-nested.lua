-- expect: exit 2 or done or out of time
local value = "x"
for _ = 1, 100000 do value = { value } end
return script { summary = "List nothing.", risk = "read", args = { a = { "list", help = "Sets it.", default = value } }, example = { args = { a = value } }, run = function() end }
