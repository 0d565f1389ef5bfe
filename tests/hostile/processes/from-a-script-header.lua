-- expect: refused
return script { summary = "x", risk = "read", args = {}, run = function() os.execute("touch made") end }
