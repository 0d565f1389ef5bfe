-- expect: out of time
local function down(n)
  if n == 0 then while true do pcall(error) end end
  while true do coroutine.resume(coroutine.create(down), n - 1) end
end
down(50)
