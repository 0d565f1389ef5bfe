-- expect: out of time
local yield, signals = coroutine.yield, {}
coroutine.yield = function(...)
  local got = table.pack(yield(...))
  signals[#signals + 1] = got[1]
  return table.unpack(got, 1, got.n)
end
pcall(task.race, { function() task.sleep(100) end, function() task.sleep(0.01) end })
for _, signal in pairs(signals) do
  for _ = 1, 100 do pcall(coroutine.wrap(function() yield(signal) end)) end
  yield(signal)
end
task.sleep(100)
