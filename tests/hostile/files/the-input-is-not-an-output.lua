-- expect: done
io.input("canary/file")
assert(io.read("a") == "untouched")
assert(not io.input():write("x"))
