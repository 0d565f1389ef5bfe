-- expect: any
-- One wide cell pads every row to its width.
local rows = { { a = ("x"):rep(1 << 16), b = 1 } }
for n = 2, 50000 do rows[n] = { a = "y", b = n } end
print(#report.table(rows))
