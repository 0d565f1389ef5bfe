-- expect: out of time
warn("@on")
while true do warn("x") end
