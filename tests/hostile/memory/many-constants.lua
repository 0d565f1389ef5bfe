-- expect: out of memory or out of time
local n = 0
assert(load(function() n = n + 1 return n == 1 and "return {" or "'" .. n .. "'," end))
