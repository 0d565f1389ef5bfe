-- expect: out of time or done or out of memory
local text, list = ("x"):rep(1 << 20), {}
for n = 1, 2000 do list[n] = n end
task.map(list, function() pcall(ec2.describe_vpcs, { vpc_ids = { text } }) end, { limit = 50 })
