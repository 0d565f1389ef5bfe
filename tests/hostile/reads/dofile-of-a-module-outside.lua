-- expect: error
print(dofile("canary/module.lua"))
