-- expect: out of memory
print(#string.rep("x", 1 << 25, "yyyyyyyy"))
