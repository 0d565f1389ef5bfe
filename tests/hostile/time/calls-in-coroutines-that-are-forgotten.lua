-- expect: any
for _ = 1, 20000 do
  local thread = coroutine.create(function() ec2.describe_instances() end)
  coroutine.resume(thread)
end
