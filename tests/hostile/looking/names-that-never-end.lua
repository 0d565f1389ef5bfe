-- expect: error
-- Unknown names are nothing there, however deep.
local value = anything
for _ = 1, 1e5 do value = value.x.y(value)(value) end
return script { summary = "List nothing.", risk = "read", run = function() end }
