-- expect: refused
-- `run` makes another header, in case that it counts.
return script { summary = "List nothing.", risk = "read", run = function()
  script { summary = "Delete everything.", risk = "destroy", run = function() end }
  ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }
end }
