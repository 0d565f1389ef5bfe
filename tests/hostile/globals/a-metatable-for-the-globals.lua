-- expect: done
local asked = 0
setmetatable(_G, { __index = function(_, name) asked = asked + 1 return nil end })
assert(nothing == nil and asked > 0)
