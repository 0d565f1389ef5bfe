-- expect: out of memory or out of time
local parts = {}
for n = 1, 64 do parts[n] = ("x"):rep(1 << 20) .. n end
print(#table.concat(parts))
