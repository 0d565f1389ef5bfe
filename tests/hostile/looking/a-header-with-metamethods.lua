-- expect: exit 2 or done or out of time
local endless = setmetatable({}, { __index = function() while true do end end, __pairs = function() return function() return "a", {} end end, __len = function() return math.maxinteger end, __tostring = function() while true do end end })
return script { summary = "List nothing.", risk = "read", args = endless, example = endless, run = function() end }
