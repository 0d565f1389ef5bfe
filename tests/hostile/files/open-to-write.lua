-- expect: refused
io.open("made", "w"):write("x")
