-- expect: done
-- The region is a part of the host's name.
for _, region in ipairs { "evil.example.com/", "evil.example.com#", "evil.example.com?", "x@evil.example.com", "evil.example.com:8443/", "eu-central-1\r\nHost: evil.example.com", "evil.example.com\0", "../..", "[::1]", "127.0.0.1/", "%2f", "", " ", "é" } do
  assert(not pcall(ec2.describe_vpcs, {}, { region = region }), region)
  assert(not pcall(function() return aws.session({ region = region }).ec2.describe_vpcs() end), region)
  assert(not pcall(function() return aws.session({ region = region }).whoami() end), region)
  assert(not pcall(function() return iam.list_users({}, { region = region }) end), region)
end
