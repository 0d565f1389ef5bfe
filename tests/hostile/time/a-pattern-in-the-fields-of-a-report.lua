-- expect: out of time or done
report.print(setmetatable({}, { __index = function(_, n) (("a"):rep(100000)):find(".-.-.-.-b") return n end, __len = function() return 10 end }))
