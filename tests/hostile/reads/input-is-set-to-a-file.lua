-- expect: error
io.input(".ssh/id_rsa")
print(io.read("a"))
