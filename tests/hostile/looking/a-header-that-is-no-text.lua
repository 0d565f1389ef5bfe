-- expect: exit 2 or out of time
return script { summary = "List \xff\xfe.", risk = "read", args = { ["\xff"] = { "string", help = "\xff" } }, run = function() end }
