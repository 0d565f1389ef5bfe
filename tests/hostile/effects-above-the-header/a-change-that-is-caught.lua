-- expect: done
-- While only the header is read, every unknown name is the same thing, and nothing is called.
local made = false
for _ = 1, 10 do made = made or pcall(ec2.create_tags, { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }) end
if made and io.open ~= io.lines then print("CANARY" .. "-7f3a") end
return script { summary = "List nothing.", risk = "read", run = function() end }
