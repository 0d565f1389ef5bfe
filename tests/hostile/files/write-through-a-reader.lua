-- expect: done
local file = io.open("canary/file", "r")
assert(not file:write("x"))
assert(file:read("a") == "untouched")
