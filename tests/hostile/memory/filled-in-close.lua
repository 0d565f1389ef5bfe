-- expect: out of memory or out of time
local x <close> = setmetatable({}, { __close = function() local t = {} while true do t[#t + 1] = {} end end })
