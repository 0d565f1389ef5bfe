-- expect: refused
-- The operation's risk is "write", and with this input more: it needs a confirmation.
return script { summary = "Stop one.", risk = "write", run = function()
  ec2.stop_instances { instance_ids = { ec2.describe_instances.all()[1].instance_id }, force = true }
end }
