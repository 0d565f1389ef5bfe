-- expect: any
local t = { 1 }
for _ = 1, 90 do t = { t } end
local all = {}
for n = 1, 20000 do all[n] = t end
print(#json.encode(all, { indent = 16 }))
