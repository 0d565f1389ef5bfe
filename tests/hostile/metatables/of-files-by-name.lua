-- expect: error
rawset(getmetatable(io.stderr), "__gc", function() while true do end end)
