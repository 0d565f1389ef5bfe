-- expect: done or error or exit 2 or out of time
pcall(os.exit, 0)
return script { summary = "List nothing.", risk = "read", run = function() os.execute("touch made") end }
