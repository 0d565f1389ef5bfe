-- expect: refused
return script { summary = "Tag nothing.", risk = "write", run = function()
  ec2.terminate_instances { instance_ids = { ec2.describe_instances.all()[1].instance_id } }
end }
