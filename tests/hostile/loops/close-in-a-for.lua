-- expect: out of time
for _ in next, { 1 }, nil, setmetatable({}, { __close = function() while true do end end }) do break end
