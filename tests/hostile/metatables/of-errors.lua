-- expect: error
local _, e = pcall(ec2.describe_tags, { nothing = 1 })
getmetatable(e).__tostring = function() while true do end end
