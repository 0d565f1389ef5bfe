-- expect: refused
local function change() return ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } } end
return script { summary = "List " .. tostring(change()) .. ".", risk = "read", run = function() end }
