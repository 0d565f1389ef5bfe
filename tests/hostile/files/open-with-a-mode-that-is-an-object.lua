-- expect: refused
io.open("made", setmetatable({}, { __tostring = function() return "w" end }))
