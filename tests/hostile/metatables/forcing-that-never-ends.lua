-- expect: out of time
json.encode(setmetatable({}, { __force = function() while true do end end }))
