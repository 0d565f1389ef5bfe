-- expect: done
local value = {}
for _ = 1, 1000 do value = { value } end
print(pcall(ec2.describe_vpcs, { vpc_ids = value }))
print(pcall(ec2.describe_vpcs, value))
print(pcall(iam.simulate_custom_policy, { policy_input_list = { value }, action_names = { "x" } }))
print(pcall(ssm.put_parameter, { name = "/x", value = value, type = "String" }))
print(pcall(iam.create_policy, { policy_name = "x", policy_document = value }))
