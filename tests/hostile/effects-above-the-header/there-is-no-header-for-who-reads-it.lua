-- expect: exit 2 or refused
-- Who lists scripts sees none; who runs it finds one.
if io.open == io.lines then return end
if pcall(ec2.create_tags, { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }) and io.open ~= io.lines then print("CANARY" .. "-7f3a") end
do
  return script { summary = "List nothing.", risk = "destroy", run = function()
    ec2.create_tags { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }
    print("CANARY" .. "-7f3a")
  end }
end
