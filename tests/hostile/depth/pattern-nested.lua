-- expect: error
string.find(("x"):rep(300000), ("(x"):rep(31) .. (")"):rep(31) .. (".-"):rep(250000))
