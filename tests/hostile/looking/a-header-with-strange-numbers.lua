-- expect: exit 2 or done
return script { summary = "List nothing.", risk = "read", args = { a = { "number", help = "Sets it.", default = 0 / 0 }, b = { "integer", help = "Sets it.", default = math.mininteger }, c = { "duration", help = "Sets it.", default = 1e300 }, d = { "number", help = "Sets it.", default = -1 / 0 } }, run = function(args) print(args.a, args.b, args.c, args.d) end }
