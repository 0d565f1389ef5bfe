-- expect: out of time
-- Waiting functions are created with the `coroutine.yield` of the globals table.
coroutine.yield = function(...) return ... end
task.sleep(100)
