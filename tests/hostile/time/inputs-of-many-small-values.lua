-- expect: out of memory or out of time or done
-- A byte in a message can be a value of many bytes.
local list = {}
for n = 1, 1000000 do list[n] = "" end
task.map({ 1, 2, 3, 4, 5, 6 }, function() pcall(ec2.describe_vpcs, { vpc_ids = list }) end)
