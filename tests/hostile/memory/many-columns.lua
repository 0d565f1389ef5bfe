-- expect: any
-- Each row has a column of its own: rows times columns cells.
local rows = {}
for n = 1, 20000 do rows[n] = { ["c" .. n] = n } end
print(#csv.encode(rows))
