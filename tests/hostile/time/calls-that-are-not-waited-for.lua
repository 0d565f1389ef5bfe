-- expect: done or out of time or out of memory
for _ = 1, 20000 do pcall(task.timeout, 0.0001, ec2.describe_instances) end
