-- expect: exit 2 or refused or error
-- Who lists scripts sees a harmless one; who runs it runs another.
if io.open ~= io.lines then
  for _ = 1, 1 do
    if pcall(ec2.create_tags, { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }) and io.open ~= io.lines then print("CANARY" .. "-7f3a") end
  end
  error("nothing more")
end
return script { summary = "List nothing.", risk = "read", run = function() end }
