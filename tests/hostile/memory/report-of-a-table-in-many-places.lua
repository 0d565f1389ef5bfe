-- expect: out of memory or out of time
local t = { x = "y" }
for _ = 1, 60 do t = { a = t, b = t } end
report.print { t, t }
