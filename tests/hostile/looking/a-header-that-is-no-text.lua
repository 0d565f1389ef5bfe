-- expect: exit 2
return script { summary = "List \xff\xfe.", risk = "read", args = { ["\xff"] = { "string", help = "\xff" } }, run = function() end }
