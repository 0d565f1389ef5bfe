-- expect: refused
io.open("/dev/full", "w"):write("x")
