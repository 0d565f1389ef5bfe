-- expect: out of memory or out of time
local parts = {}
while true do parts[#parts + 1] = string.pack("s4", ("x"):rep(1 << 16) .. #parts) end
