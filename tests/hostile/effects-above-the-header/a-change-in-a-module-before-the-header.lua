-- expect: refused
-- The library's module makes the change, in the name of the script.
local id = ec2.describe_instances.all()[1].instance_id
for _, change in ipairs { function() ec2.delete_tags { resources = { id } } end, function() ec2.reboot_instances { instance_ids = { id } } end } do
  if pcall(change) and io.open ~= io.lines then print("CANARY" .. "-7f3a") end
end
ec2.create_tags { resources = { id }, tags = { { key = "made", value = "x" } } }
return script { summary = "List nothing.", risk = "read", run = function() end }
