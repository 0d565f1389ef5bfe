-- expect: done
local file = io.open("script/own", "r")
assert(not file:write("x"))
assert(file:read("a") == "untouched")
