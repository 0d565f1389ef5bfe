-- expect: error
debug.setmetatable("", { __index = function() return function() return "mine" end end })
