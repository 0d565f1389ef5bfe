-- expect: done
io.output(io.open("canary/file"))
assert(not io.write("x"))
