-- expect: out of time
table.sort(setmetatable({}, { __len = function() return 1 << 30 end, __index = function(_, n) return n end, __newindex = function() end }))
