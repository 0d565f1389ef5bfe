-- expect: any
-- The coroutine in which the script runs waits for a call, and is called back by another.
local main = coroutine.running()
task.all {
  function() local me = coroutine.running() MINE = me task.sleep(0.05) end,
  function()
    task.sleep(0.01)
    for _, co in pairs { main, MINE } do print(pcall(coroutine.resume, co, "forged", nil, 3)) end
    for _, co in pairs { main, MINE } do print(pcall(coroutine.close, co)) end
  end,
}
