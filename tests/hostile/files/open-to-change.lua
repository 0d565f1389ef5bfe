-- expect: refused
io.open("canary/file", "r+"):write("x")
