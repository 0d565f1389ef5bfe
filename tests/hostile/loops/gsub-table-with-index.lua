-- expect: out of time
string.gsub("abc", "%w", setmetatable({}, { __index = function() while true do end end }))
