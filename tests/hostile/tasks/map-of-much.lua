-- expect: any
local list = {}
for n = 1, 200000 do list[n] = n end
task.map(list, function() task.sleep(100) end, { limit = 200000 })
