-- expect: exit 3 or refused
local swept = sweep.accounts({ "admin", "process", "staging", "production" }, function() return ec2.describe_vpcs.all() end)
assert(#swept.results == 0, "rows of another account")
