-- expect: any
-- Each row has its own column: the number of cells is rows times columns.
local rows = {}
for n = 1, 20000 do rows[n] = { ["c" .. n] = n } end
print(#csv.encode(rows))
