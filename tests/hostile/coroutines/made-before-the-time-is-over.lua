-- expect: out of time
local all = {}
for n = 1, 100 do all[n] = coroutine.create(function() while true do coroutine.yield() end end) end
while true do for _, co in ipairs(all) do coroutine.resume(co) end end
