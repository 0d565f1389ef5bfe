-- expect: any
local waiting
task.race {
  function() waiting = coroutine.running() task.sleep(100) end,
  function() task.sleep(0.01) coroutine.close(waiting) task.sleep(0.01) end,
}
