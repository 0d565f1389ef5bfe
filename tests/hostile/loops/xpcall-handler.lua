-- expect: out of time
xpcall(error, function() while true do end end)
