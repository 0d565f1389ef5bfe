-- expect: exit 2
return script { summary = "List nothing.", risk = (io.open == io.lines) and "destroy" or "read", run = function()
  ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }
  print("CANARY" .. "-7f3a")
end }
