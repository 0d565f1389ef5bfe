-- expect: done
io.input("script/own")
assert(io.read("a") == "untouched")
assert(not io.input():write("x"))
