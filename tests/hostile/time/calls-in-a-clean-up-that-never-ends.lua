-- expect: out of time
local _ <close> = setmetatable({}, { __close = function() while true do pcall(ec2.describe_instances) end end })
while true do pcall(ec2.describe_instances) end
