-- expect: refused
io.tmpfile()
