-- expect: error
debug.debug()
