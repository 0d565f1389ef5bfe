-- expect: error
local t = {}
for _ = 1, 1 << 16 do t = { t } end
json.encode(t)
