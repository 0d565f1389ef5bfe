-- expect: any
local regions = {}
for n = 1, 100000 do regions[n] = "region-" .. n end
sweep.regions(regions, function() task.sleep(100) end)
