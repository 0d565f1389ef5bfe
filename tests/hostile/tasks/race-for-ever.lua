-- expect: out of time
while true do pcall(task.race, { function() error("x") end, function() task.sleep(0) end }) end
