-- expect: out of time or out of memory or error
local text = ('"a""b",'):rep(1 << 18) .. "\n"
while true do csv.decode(text:rep(4)) end
