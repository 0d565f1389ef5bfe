-- expect: out of time
local keep = {}
for n = 1, 200000 do keep[n] = {} end
while true do collectgarbage() end
