-- expect: error
require(setmetatable({}, { __tostring = function() return "/etc/passwd" end }))
