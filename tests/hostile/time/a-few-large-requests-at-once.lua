-- expect: out of memory or out of time or done
-- A text counts once for Lua, and again in each place of an input.
local text = ("x"):rep(20 << 20)
task.map({ 1, 2, 3, 4, 5, 6 }, function() pcall(iam.simulate_custom_policy, { policy_input_list = { text, text, text }, action_names = { "ec2:RunInstances" } }) end)
