-- expect: error or out of time
error(("x"):rep(1 << 24), 0)
