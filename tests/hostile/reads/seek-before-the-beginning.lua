-- expect: done
local file = io.open("script/hostile.lua")
print(pcall(file.seek, file, "set", -4096), pcall(file.seek, file, "set", 1 << 62), pcall(file.seek, file, "end", math.mininteger))
print(file:read("a"))
