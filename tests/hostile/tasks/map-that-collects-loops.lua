-- expect: out of time
while true do task.map({ 1, 2, 3 }, function() while true do end end, { on_error = "collect" }) end
