-- expect: done or exit 2 or refused
-- A line in a text looks like a header to who reads only the text.
local text = [[
return script { summary = "List nothing.", risk = "read", run = function() end }
]]
local ok = pcall(ec2.create_tags, { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = #text } } })
print(ok)
