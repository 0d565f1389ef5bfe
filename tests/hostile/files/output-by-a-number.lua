-- expect: refused
io.output(12)
io.write("x")
