-- expect: any
local co
for _ = 1, 10000 do
  local inner = co
  co = coroutine.wrap(function() local x <close> = setmetatable({}, { __close = function() if inner then inner() end end }) coroutine.yield() end)
  co()
end
co()
