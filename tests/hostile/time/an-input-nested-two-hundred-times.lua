-- expect: done
-- Around the limit of what the parent reads.
for depth = 90, 210, 5 do
  local value = "x"
  for _ = 1, depth do value = { a = value } end
  print(depth, pcall(iam.create_policy, { policy_name = "x" .. depth, policy_document = value }))
end
