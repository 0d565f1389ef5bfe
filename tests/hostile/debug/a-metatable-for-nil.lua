-- expect: error
debug.setmetatable(nil, { __index = function() return print end, __call = print })
