-- expect: exit 2 or error or out of time
-- The text itself is what takes time: load has no limit.
local text = "return " .. ("{"):rep(150) .. ("}"):rep(150)
for _ = 1, 1e9 do load(("local a = 1 "):rep(190) .. text) end
return script { summary = "List nothing.", risk = "read", run = function() end }
