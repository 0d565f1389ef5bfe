-- expect: any
xpcall(error, function() local t = {} while true do t[#t + 1] = { #t } end end)
