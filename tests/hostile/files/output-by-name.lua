-- expect: refused
io.output("made")
io.write("x")
