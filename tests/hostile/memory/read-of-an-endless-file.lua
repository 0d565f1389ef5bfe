-- expect: error
io.open("/dev/zero"):read("a")
