-- expect: out of time
string.gsub("x", ".", function() while true do end end)
