-- expect: done or error
for _, size in ipairs { 0, -1, 1 << 30, 1 << 40, math.maxinteger, math.mininteger } do print(pcall(io.stderr.setvbuf, io.stderr, "full", size)) end
