-- expect: done
for _, limit in ipairs { "99999999999d", "18446744073709551615s", 1e18, 1.8e19, "0s", 0, -1, 1e-9, "1ns", "584542046090y" } do
  print(limit, pcall(ec2.describe_vpcs, {}, { timeout = limit }))
  print(limit, pcall(function() return aws.session({ timeout = limit }).ec2.describe_vpcs() end))
  print(limit, pcall(function() return ec2.wait.instance_running({ instance_ids = { "i-1" } }, { timeout = limit, delay = limit }) end))
end
