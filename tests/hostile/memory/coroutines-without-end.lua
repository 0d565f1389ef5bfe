-- expect: out of memory or out of time
local list = {}
while true do
  list[#list + 1] = coroutine.create(function() coroutine.yield() end)
  coroutine.resume(list[#list])
end
