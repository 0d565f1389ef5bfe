-- expect: out of time
-- The limit of a task cannot interrupt it; that of the run can.
task.timeout(0.1, function() (("a"):rep(100000)):find(".-.-.-.-b") end)
