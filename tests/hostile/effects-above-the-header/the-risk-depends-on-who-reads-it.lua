-- expect: exit 2
-- The header is read in a machine without `io`, where every unknown name is the same thing.
local is_read = io.open == io.lines
return script { summary = "List nothing.", risk = is_read and "read" or "destroy", run = function()
  ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }
  print("CANARY" .. "-7f3a")
end }
