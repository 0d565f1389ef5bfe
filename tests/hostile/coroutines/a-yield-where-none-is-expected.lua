-- expect: any
task.map({ 1 }, function() coroutine.yield("forged", 1, 2) coroutine.yield() return 1 end)
coroutine.yield("from the script itself")
