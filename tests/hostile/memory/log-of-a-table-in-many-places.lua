-- expect: out of memory or out of time
local t = {}
for _ = 1, 80 do t = { t, t } end
log.info("x", t)
