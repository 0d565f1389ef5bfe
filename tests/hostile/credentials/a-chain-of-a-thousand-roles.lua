-- expect: refused or error
local session = aws
for n = 1, 1000 do session = session.assume("arn:aws:iam::123456789012:role/step-" .. n) end
session.ec2.describe_vpcs()
