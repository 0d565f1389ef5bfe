-- expect: done
local other = aws.session { role_arn = "arn:aws:iam::210987654321:role/moonfleet-operator" }
assert(not pcall(function() return other.ec2.describe_instances.all() end))
assert(not pcall(function() for _ in other.ec2.describe_instances.each {} do error("a row") end end))
assert(not pcall(function() return other.ec2.wait.instance_running({ instance_ids = { "i-1" } }, { timeout = "1s" }) end))
assert(not pcall(function() return fleet.plan({ tags = { App = "app20" } }, { sessions = { other } })[1].instance_id end))
assert(not pcall(function() return fleet.attach("11111111-1111-1111-1111-111111111111", { sessions = { other }, timeout = "30s" }) end))
