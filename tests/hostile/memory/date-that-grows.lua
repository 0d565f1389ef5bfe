-- expect: out of memory or out of time
local parts = {}
while true do parts[#parts + 1] = os.date(("%c"):rep(10000)) .. #parts end
