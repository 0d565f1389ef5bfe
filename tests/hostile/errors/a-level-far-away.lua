-- expect: error
error("x", 1 << 40)
