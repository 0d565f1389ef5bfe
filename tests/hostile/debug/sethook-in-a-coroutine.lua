-- expect: out of time
local co = coroutine.create(function() while true do end end)
pcall(function() debug.sethook(co) end)
coroutine.resume(co)
