-- expect: out of memory or error or done
local file = io.open("script/hostile.lua")
print(pcall(file.read, file, 1 << 40), pcall(file.read, file, math.maxinteger))
print(#file:read(1 << 30))
