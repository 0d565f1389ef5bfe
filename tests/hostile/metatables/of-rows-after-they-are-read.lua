-- expect: done
local rows = ec2.describe_instances.all()
assert(getmetatable(rows[1]) == nil)
setmetatable(rows[1], { __index = function() return "mine" end })
assert(rows[1].nothing == "mine" and rows[2].nothing == nil and rows[2].instance_id ~= "mine")
