-- expect: error
print("ran", assert(load(string.dump(function() return 1 end), "x", "b"))())
