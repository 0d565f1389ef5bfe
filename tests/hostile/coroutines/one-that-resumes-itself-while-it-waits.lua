-- expect: any
local me
me = coroutine.create(function() task.all { function() coroutine.resume(me) end, function() coroutine.close(me) end } end)
print(coroutine.resume(me))
