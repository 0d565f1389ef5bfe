-- expect: any
local list = { 1 }
task.map(list, function(n) for k = 1, 1000 do list[#list + 1] = k end task.sleep(0.001) end, { limit = 1 })
