-- expect: error
io.open("/dev/zero"):read(1 << 40)
