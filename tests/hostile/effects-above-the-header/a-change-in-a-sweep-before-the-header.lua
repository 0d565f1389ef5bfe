-- expect: exit 3 or refused
sweep.regions({ "eu-central-1", "us-east-1" }, function()
  local found = ec2.describe_instances.all()[1]
  if found then ec2.create_tags { resources = { found.instance_id }, tags = { { key = "made", value = "x" } } } print("CANARY" .. "-7f3a") end
  return {}
end)
return script { summary = "List nothing.", risk = "read", run = function() end }
