-- expect: out of time
task.timeout("10ms", function() while true do end end)
