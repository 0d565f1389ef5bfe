-- expect: refused
local session = aws
for n = 1, 20 do session = session.assume("arn:aws:iam::123456789012:role/step-" .. n) end
session.ec2.describe_vpcs()
