-- expect: out of memory
print(setmetatable({}, { __tostring = function() return ("x"):rep(1 << 30) end }))
