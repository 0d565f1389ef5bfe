-- expect: out of memory
print(#("x"):rep(1 << 30))
