-- expect: out of memory or out of time
local t = {}
while true do t = { t } end
