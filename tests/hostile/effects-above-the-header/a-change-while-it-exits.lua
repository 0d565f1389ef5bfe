-- expect: done or refused
local _ <close> = setmetatable({}, { __close = function() if pcall(ec2.create_tags, { resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } }) and io.open ~= io.lines then print("CANARY" .. "-7f3a") end end })
return script { summary = "List nothing.", risk = "read", run = function() os.exit(0, true) end }
