-- expect: out of memory or out of time
local codes = {}
for n = 1, 200000 do codes[n] = 0x7FFFFFFF end
local parts = {}
while true do parts[#parts + 1] = utf8.char(table.unpack(codes)) .. #parts end
