-- expect: done
for _, value in ipairs { "true", 1, "false", { true }, json.null } do
  local ok, problem = pcall(ec2.create_tags, { dry_run = value, resources = { ec2.describe_instances.all()[1].instance_id }, tags = { { key = "made", value = "x" } } })
  if ok and io.open ~= io.lines then print("CANARY" .. "-7f3a", value) end
  print(problem)
end
return script { summary = "List nothing.", risk = "read", run = function() end }
