-- expect: out of time
while true do
  local co = coroutine.create(function() while true do pcall(coroutine.yield) end end)
  for _ = 1, 1000 do coroutine.resume(co) end
end
