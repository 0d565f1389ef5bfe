-- expect: done
for line in io.lines("canary/file") do assert(line == "untouched") end
