-- expect: refused
-- Without the program, which checks the arguments and the risk first.
local header = script { summary = "List nothing.", risk = "destroy", run = function()
  ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }
end }
header.run {}
return script { summary = "List nothing.", risk = "destroy", run = function() end }
