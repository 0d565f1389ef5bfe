-- expect: out of time
task.map({ 1, 2, 3 }, function() while true do end end)
