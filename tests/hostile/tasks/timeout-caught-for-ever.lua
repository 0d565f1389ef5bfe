-- expect: out of time
while true do pcall(task.timeout, "1ms", task.sleep, 100) end
