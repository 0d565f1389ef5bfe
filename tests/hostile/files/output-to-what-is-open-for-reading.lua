-- expect: done
io.output(io.open("script/own"))
assert(not io.write("x"))
