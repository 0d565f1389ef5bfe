-- expect: done or exit 2
-- What counts is the header that is returned, for who reads it too.
local header = script { summary = "List nothing.", risk = "read", run = function() end }
header.risk = "destroy"
header.run = function() ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } } end
if true then return header end
return script { summary = "List nothing.", risk = "read", run = function() end }
