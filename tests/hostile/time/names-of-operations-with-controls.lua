-- expect: done or out of time
for _, name in ipairs { "describe_vpcs\0", "describe\nvpcs", "", "\27[2J", "__index", "describe_vpcs.all", ("x"):rep(1 << 20), "DescribeVpcs", "é" } do
  for _, service in ipairs { ec2, iam, ssm, sts, aws } do
    local ok, problem = pcall(function() return service[name]() end)
    assert(not ok, name)
  end
end
