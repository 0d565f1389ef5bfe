-- expect: done
for _, region in ipairs { "evil.example.com", "a.b", "eu-central-1.evil", ".", "-", "a." } do
  local ok, problem = pcall(ec2.describe_vpcs, {}, { region = region })
  print(region, ok, problem)
  assert(not ok, region)
end
