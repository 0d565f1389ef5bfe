-- expect: error
local row = ec2.describe_instances.all()[1]
getmetatable(row).__index = function() return "forged" end
