-- expect: refused or exit 2
-- A table that only looks like a header, with less risk than its function needs.
local real = script { summary = "List nothing.", risk = "destroy", run = function() end }
local forged = setmetatable({ summary = "List nothing.", risk = "read", run = function()
  ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }
end }, getmetatable(real))
if true then return forged end
return script { summary = "List nothing.", risk = "read", run = function() end }
