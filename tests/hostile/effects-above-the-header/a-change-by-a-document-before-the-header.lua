-- expect: refused
ssm.send_command { instance_ids = { ec2.describe_instances.all()[1].instance_id }, document_name = "AWS-RunShellScript", parameters = { commands = { "true" } } }
return script { summary = "List nothing.", risk = "read", run = function() end }
