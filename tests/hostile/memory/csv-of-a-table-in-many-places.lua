-- expect: out of memory or out of time
local row = { ("x"):rep(1 << 20) }
local rows = {}
for n = 1, 10000 do rows[n] = row end
csv.encode(rows)
