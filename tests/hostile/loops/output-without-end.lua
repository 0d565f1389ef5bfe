-- expect: out of time
while true do io.write("x") end
