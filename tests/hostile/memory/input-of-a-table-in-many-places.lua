-- expect: out of memory or out of time
local ids = { "i-0123456789abcdef0" }
for _ = 1, 60 do ids = { ids, ids } end
ec2.describe_instances { instance_ids = ids }
