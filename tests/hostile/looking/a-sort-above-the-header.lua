-- expect: exit 2 or out of time
local list = {}
for n = 1, 400000 do list[n] = n end
for _ = 1, 1000 do table.sort(list) table.concat(list) end
return script { summary = "List nothing.", risk = "read", run = function() end }
