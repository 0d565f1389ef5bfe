-- expect: refused
local memory = io.open("/proc/self/mem", "r+b")
memory:seek("set", 0x400000)
memory:write("x")
