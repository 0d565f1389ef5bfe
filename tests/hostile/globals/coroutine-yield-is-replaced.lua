-- expect: out of time
-- Functions that wait are made with what is found there.
coroutine.yield = function(...) return ... end
task.sleep(100)
