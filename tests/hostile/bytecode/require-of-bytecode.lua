-- expect: error
print("ran", require("compiled"))
