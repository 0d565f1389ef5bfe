-- expect: out of time or done
-- Commands on machines are cancelled at the end, which takes calls.
local all = {}
for _, found in ipairs(ec2.describe_instances.all()) do if found.state.name == "running" then all[#all + 1] = found.instance_id end end
local list = {}
for n = 1, 200 do list[n] = n end
task.map(list, function() fleet.run(all, "sleep 600", { on_result = function() while true do end end }) end, { limit = 200 })
while true do end
