-- expect: error
getmetatable("").__index = function() return function() return "mine" end end
