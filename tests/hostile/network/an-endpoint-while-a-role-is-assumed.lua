-- expect: done
assert(not pcall(function() return aws.assume("arn:aws:iam::123456789012:role/x", { endpoint_url = "http://127.0.0.1:9/" }).ec2.describe_vpcs() end))
assert(not pcall(function() return aws.session({ endpoint_url = "http://127.0.0.1:9/" }).assume("arn:aws:iam::123456789012:role/x").ec2.describe_vpcs() end))
assert(not pcall(function() return aws.session({ endpoint_url = "http://127.0.0.1:9/", role_arn = "arn:aws:iam::123456789012:role/x" }).whoami() end))
