-- expect: done or refused
-- A task that begins above the header and changes something when `run` has begun.
local id = ec2.describe_instances.all()[1].instance_id
local thread = coroutine.create(function()
  coroutine.yield()
  if pcall(ec2.create_tags, { resources = { id }, tags = { { key = "made", value = "x" } } }) and io.open ~= io.lines then print("CANARY" .. "-7f3a") end
end)
coroutine.resume(thread)
return script { summary = "List nothing.", risk = "read", run = function() coroutine.resume(thread) end }
