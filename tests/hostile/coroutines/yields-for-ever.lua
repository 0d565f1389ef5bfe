-- expect: out of time
while true do coroutine.yield() end
