-- expect: done
for line in io.lines("script/own") do assert(line == "untouched") end
