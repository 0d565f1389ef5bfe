-- expect: exit 3
-- A sweep with errors is incomplete.
local swept = sweep.regions({ "evil.example.com/", "eu-central-1\n", "a@b" }, function(session) return session.ec2.describe_vpcs.all() end)
assert(#swept.results == 0 and #swept.errors == 3)
