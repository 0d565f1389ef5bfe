-- expect: refused
return script { summary = "List nothing.", risk = "read", run = function()
  ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }
end }
