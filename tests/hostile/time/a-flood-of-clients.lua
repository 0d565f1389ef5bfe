-- expect: out of time or done or out of memory
local list = {}
for n = 1, 50000 do list[n] = n end
task.map(list, function(n) pcall(ec2.describe_vpcs, {}, { timeout = n + 0.5 }) end, { limit = 1000 })
