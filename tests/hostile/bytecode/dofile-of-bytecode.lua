-- expect: error
print("ran", dofile("bytecode.luac"))
