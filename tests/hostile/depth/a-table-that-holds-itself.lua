-- expect: error
local t = {}
t.t = t
report.print(t)
