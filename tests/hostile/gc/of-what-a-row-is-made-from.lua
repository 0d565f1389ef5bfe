-- expect: done
local rows = ec2.describe_instances.all()
local kept = rows[1].tags
rows = nil
collectgarbage()
collectgarbage()
assert(kept.Name or next(kept) == nil or kept)
