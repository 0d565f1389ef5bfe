-- expect: out of time
error(setmetatable({}, { __pairs = function() return function() return 1, 1 end end, __force = function() while true do end end }))
