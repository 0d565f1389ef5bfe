-- expect: refused
io.open("canary/file", "r+b"):write("x")
