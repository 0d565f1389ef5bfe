-- expect: refused
io.popen("touch made; sleep 60"):read("a")
