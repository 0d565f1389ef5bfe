-- expect: out of memory or error or done or out of time
local text = ("x"):rep(25 << 20)
print(pcall(ec2.describe_vpcs, { vpc_ids = { text, text, text, text } }))
print(pcall(iam.simulate_custom_policy, { policy_input_list = { text }, action_names = { text } }))
