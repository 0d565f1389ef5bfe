-- expect: out of time
local text = ("("):rep(1 << 18)
while true do string.find(text, "%b()") end
