-- expect: out of memory
io.open("/dev/zero"):read(1 << 40)
