-- expect: out of memory or error
local text, list = ("x"):rep(1 << 20), {}
for n = 1, 10000 do list[n] = text end
print(ec2.describe_vpcs { vpc_ids = list })
