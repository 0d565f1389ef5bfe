-- expect: out of time or done or out of memory
local list = {}
for n = 1, 20000 do list[n] = n end
task.map(list, function() return ec2.describe_instances() end, { limit = 20000 })
