-- expect: done
local value = {}
value.filters, value.vpc_ids, value[1] = value, value, value
print(pcall(ec2.describe_vpcs, value))
print(pcall(ec2.describe_vpcs, { filters = value }))
print(pcall(aws.session, value))
print(pcall(report.print, value))
