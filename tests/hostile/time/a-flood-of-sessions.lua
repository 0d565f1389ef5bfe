-- expect: out of time or done or out of memory
-- A session for every region and every limit, which the parent could keep.
local list = {}
for n = 1, 50000 do list[n] = n end
task.map(list, function(n) pcall(ec2.describe_vpcs, {}, { region = "r" .. n, timeout = n + 0.5 }) end, { limit = 1000 })
