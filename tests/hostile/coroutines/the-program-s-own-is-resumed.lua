-- expect: any
-- The coroutine of the script waits for a call, and another coroutine resumes it.
local main = coroutine.running()
task.all {
  function() local me = coroutine.running() MINE = me task.sleep(0.05) end,
  function()
    task.sleep(0.01)
    for _, co in pairs { main, MINE } do print(pcall(coroutine.resume, co, "forged", nil, 3)) end
    for _, co in pairs { main, MINE } do print(pcall(coroutine.close, co)) end
  end,
}
