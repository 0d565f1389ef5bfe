-- expect: exit 2
return script { summary = "List nothing.", risk = "read", args = { name = { "string", help = "Sets the name." } }, example = { args = { name = (io.open == io.lines) and "a" or "b" } }, run = function() print("CANARY" .. "-7f3a") end }
