-- expect: any
io.stdout:close()
print("x")
