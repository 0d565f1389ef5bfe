-- expect: done
for _, name in ipairs { "endpoint", "endpoint_url", "url", "proxy", "profile", "role_arn", "session" } do
  assert(not pcall(ec2.describe_vpcs, {}, { [name] = "http://127.0.0.1:9/" }), name)
end
