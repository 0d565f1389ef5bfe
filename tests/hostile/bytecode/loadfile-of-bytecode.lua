-- expect: error
print("ran", assert(loadfile("bytecode.luac", "b"))())
