-- expect: out of time or done
pcall(ec2.describe_vpcs, setmetatable({}, { __pairs = function() (("a"):rep(100000)):find(".-.-.-.-b") end, __index = function() (("a"):rep(100000)):find(".-.-.-.-b") end }))
