-- expect: exit 1
setmetatable({}, { __gc = function() os.exit(1) end })
collectgarbage()
