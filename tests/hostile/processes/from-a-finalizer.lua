-- expect: done
setmetatable({}, { __gc = function() os.execute("touch made") end })
collectgarbage()
