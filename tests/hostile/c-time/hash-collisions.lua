-- expect: any
-- Floats that all have the same hash slot.
local t = {}
for n = 1, 1e6 do t[n * 2.0 ^ 53] = true end
