-- expect: exit 3 or refused
local swept = sweep.accounts({ "arn:aws:iam::210987654321:role/moonfleet-operator", "arn:aws:iam::999999999999:role/x" }, function() return ec2.describe_vpcs.all() end, { regions = "all", session_name = "the-secret" })
assert(#swept.results == 0, "rows of another account")
