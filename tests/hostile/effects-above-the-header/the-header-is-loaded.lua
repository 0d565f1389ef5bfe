-- expect: refused or exit 2
if pcall(ec2.create_tags, { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }) and io.open ~= io.lines then print("CANARY" .. "-7f3a") end
return load("return scr" .. "ipt{summary = 'List nothing.', risk = 'read', run = function() end}")()
