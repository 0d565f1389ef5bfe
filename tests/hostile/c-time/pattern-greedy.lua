-- expect: out of time
string.find(("x"):rep(5000), ("x*"):rep(8) .. "y")
