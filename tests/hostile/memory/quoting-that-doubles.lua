-- expect: any
local text = "{"
while true do text = sh.quote(text .. text .. "{{''") end
