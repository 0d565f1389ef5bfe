-- expect: refused
io.open("canary/file", "a"):write("x")
