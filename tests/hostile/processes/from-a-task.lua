-- expect: refused
task.all { function() task.sleep(0.01) end, function() os.execute("touch made") end }
