-- expect: out of time
while true do pcall(task.sleep, 1) end
