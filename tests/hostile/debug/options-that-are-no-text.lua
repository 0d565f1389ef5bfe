-- expect: error
local sly = setmetatable({}, { __tostring = function() return "f" end })
debug.getinfo(1, sly)
