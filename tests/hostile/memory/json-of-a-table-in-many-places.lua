-- expect: out of memory or out of time
-- Each table contains the previous one twice: 2^90 values.
local t = {}
for _ = 1, 90 do t = { t, t } end
json.encode(t)
