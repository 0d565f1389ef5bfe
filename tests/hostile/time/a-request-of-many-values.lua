-- expect: out of memory or error or done or out of time
local list = {}
for n = 1, 1e6 do list[n] = "" end
print(pcall(ec2.describe_vpcs, { vpc_ids = list }))
