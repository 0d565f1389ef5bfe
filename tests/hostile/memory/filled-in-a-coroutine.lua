-- expect: out of memory or out of time
coroutine.wrap(function() local t = {} while true do t[#t + 1] = { #t } end end)()
