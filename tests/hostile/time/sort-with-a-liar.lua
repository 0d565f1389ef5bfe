-- expect: out of time or error
local list = {}
for n = 1, 1e6 do list[n] = n end
while true do pcall(table.sort, list, function() return true end) end
