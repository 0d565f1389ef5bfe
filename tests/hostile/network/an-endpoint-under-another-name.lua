-- expect: done
for _, name in ipairs { "endpoint", "endpoint_url", "url", "proxy", "https_proxy", "ca_bundle", "use_fips_endpoint", "use_dualstack_endpoint", "sts_regional_endpoints" } do
  local ok, session = pcall(aws.session, { [name] = "http://127.0.0.1:9/" })
  print(name, ok, ok and pcall(session.ec2.describe_vpcs) or session)
  assert(not ok or not pcall(session.ec2.describe_vpcs), name)
end
