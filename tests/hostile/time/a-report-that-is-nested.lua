-- expect: done or error
local value = { a = 1 }
for depth = 1, 250 do value = { a = value } end
print(pcall(report.print, { value }))
print(pcall(report.table, { value }))
local r = report.new { title = "x" }
for _ = 1, 12 do r:append(r) end
