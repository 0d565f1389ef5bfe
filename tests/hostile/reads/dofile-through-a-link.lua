-- expect: error
print(dofile("script/link.lua"))
