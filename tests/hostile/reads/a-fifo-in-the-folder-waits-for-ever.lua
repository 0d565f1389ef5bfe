-- expect: out of time
print(io.open("script/pipe.lua"))
