-- expect: out of time
while true do
  local co = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function() error("x") end })
    local y <close> = setmetatable({}, { __close = function() while true do end end })
    coroutine.yield()
  end)
  coroutine.resume(co)
  coroutine.close(co)
end
