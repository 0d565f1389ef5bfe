-- expect: out of time
task.race { function() while true do end end, function() task.sleep(0.01) end }
