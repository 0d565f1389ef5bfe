-- expect: done or error
print(pcall(string.format, "%999999999d", 1), pcall(string.format, "%.99f", 1e308), pcall(string.format, ("%99d"):rep(1e5), 1))
print(#string.format(("%99.99f"):rep(200), table.unpack((function() local t = {} for n = 1, 200 do t[n] = 1e308 end return t end)())))
