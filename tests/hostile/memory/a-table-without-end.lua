-- expect: out of memory or out of time
local t = {}
for n = 1, math.huge do t[n] = n end
