-- expect: refused
coroutine.wrap(function() os.execute("touch made") end)()
