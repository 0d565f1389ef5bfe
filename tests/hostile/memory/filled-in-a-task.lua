-- expect: out of memory or out of time
task.map({ 1, 2, 3 }, function() local t = {} while true do t[#t + 1] = { #t } end end)
