-- expect: error
for at = 1, 100 do print(debug.getupvalue(print, at)) end
