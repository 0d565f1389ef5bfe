-- expect: refused or error or done
-- A dry run changes nothing, so that it may be sent; its answer must be that of a dry run.
local ok, problem = pcall(ec2.create_tags, { dry_run = true, resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } })
if ok and io.open ~= io.lines then print("CANARY" .. "-7f3a") end
print(problem)
return script { summary = "List nothing.", risk = "read", run = function() end }
