-- expect: error
local mt = {}
function mt.__tostring() return tostring(setmetatable({}, mt)) end
tostring(setmetatable({}, mt))
