-- expect: out of memory or out of time
-- Each holds the one before it twice: two to the ninetieth values.
local t = {}
for _ = 1, 90 do t = { t, t } end
json.encode(t)
