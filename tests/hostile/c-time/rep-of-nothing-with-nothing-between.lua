-- expect: out of time
string.rep("", math.maxinteger - 1, "")
