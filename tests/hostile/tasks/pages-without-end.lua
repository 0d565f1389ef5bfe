-- expect: out of time
while true do for _ in ec2.describe_instances.items() do end end
