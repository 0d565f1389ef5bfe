-- expect: done
local make, go = coroutine.wrap, coroutine.resume
for name in pairs(coroutine) do coroutine[name] = nil end
assert(make(function() return 1 end)() == 1)
