-- expect: any
-- The program reuses the coroutines of tasks.
local kept = {}
for _ = 1, 20 do
  task.map({ 1, 2, 3 }, function() kept[#kept + 1] = coroutine.running() task.sleep(0.001) end)
  for _, co in ipairs(kept) do pcall(coroutine.resume, co, "forged") pcall(coroutine.close, co) end
end
