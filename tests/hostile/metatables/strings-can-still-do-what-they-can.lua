-- expect: done
assert(("x"):upper() == "X" and ("%d"):format(3) == "3" and #("a"):rep(3) == 3)
assert(getmetatable("") == false)
