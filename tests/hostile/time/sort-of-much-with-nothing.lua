-- expect: out of time or out of memory or error
local list = {}
for n = 1, 3e6 do list[n] = n * 7919 % 1000003 end
while true do table.sort(list) end
