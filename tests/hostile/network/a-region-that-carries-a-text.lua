-- expect: done
-- A name that does not exist is looked up in the DNS, which can carry data out.
local text = ("CANARY is a secret text"):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
local ok, problem = pcall(ec2.describe_vpcs, {}, { region = text })
assert(not ok, "a call to a region that does not exist was sent")
print(problem)
