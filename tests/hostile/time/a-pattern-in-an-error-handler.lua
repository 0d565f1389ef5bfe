-- expect: out of time
xpcall(error, function() (("a"):rep(100000)):find(".-.-.-.-b") end, "x")
