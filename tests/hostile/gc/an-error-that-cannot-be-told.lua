-- expect: done
warn("@on")
setmetatable({}, { __gc = function() error(setmetatable({}, { __tostring = function() error("again") end })) end })
collectgarbage()
