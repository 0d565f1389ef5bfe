-- expect: error
setmetatable(ec2.describe_vpcs.all(), { __len = function() return math.maxinteger end })
