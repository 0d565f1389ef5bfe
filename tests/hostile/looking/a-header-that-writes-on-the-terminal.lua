-- expect: exit 2 or done or out of time
return script { summary = "List \27]0;title\7\27[2J\27[1;1H\r\n\0nothing.", risk = "read", args = { ["a\27[31m"] = { "string", help = "Sets\27[2J it.", default = "\27[2J" } }, run = function() end }
