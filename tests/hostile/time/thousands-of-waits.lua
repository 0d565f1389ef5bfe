-- expect: out of time or out of memory
local list, id = {}, ec2.describe_instances.all()[1].instance_id
for n = 1, 2000 do list[n] = n end
task.map(list, function() ec2.wait.instance_terminated { instance_ids = { id }, timeout = "30d", delay = 0.001 } end, { limit = 2000 })
