-- expect: exit 2
local hidden = script { summary = "List nothing.", risk = "read", run = function() end }
if hidden then return true end
