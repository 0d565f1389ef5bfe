-- expect: refused or exit 2 or done
if pcall(ec2.create_tags, { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }) and io.open ~= io.lines then print("CANARY" .. "-7f3a") end
return
script { summary = "List nothing.", risk = "read", run = function() end }
