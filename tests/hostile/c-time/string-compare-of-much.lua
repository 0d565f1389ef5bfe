-- expect: out of time
local a = ("\0"):rep(1 << 22)
local b = a .. "x"
while true do local _ = a < b end
