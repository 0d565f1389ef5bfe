-- expect: refused
local _, e = pcall(os.execute, "touch made")
coroutine.wrap(function() task.map({ 1 }, function() error(e) end) end)()
