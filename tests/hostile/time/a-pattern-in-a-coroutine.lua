-- expect: out of time
coroutine.wrap(function() (("a"):rep(100000)):gsub("(a-)(a-)(a-)(a-)b", "") end)()
