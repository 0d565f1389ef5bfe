-- expect: error
debug.setuservalue(io.stdout, {}, 1)
