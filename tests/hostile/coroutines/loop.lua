-- expect: out of time
coroutine.wrap(function() while true do end end)()
