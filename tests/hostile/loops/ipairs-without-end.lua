-- expect: out of time
for _ in ipairs(setmetatable({}, { __index = function(_, n) return n end })) do end
