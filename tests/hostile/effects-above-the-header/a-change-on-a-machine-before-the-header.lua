-- expect: refused
fleet.run({ ec2.describe_instances.all()[1].instance_id }, "touch /made")
return script { summary = "List nothing.", risk = "read", run = function() end }
