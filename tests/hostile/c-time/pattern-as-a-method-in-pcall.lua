-- expect: out of time
while true do pcall(("").find, ("a"):rep(30), ("a-"):rep(30) .. "b") end
