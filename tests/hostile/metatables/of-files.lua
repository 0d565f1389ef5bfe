-- expect: error
getmetatable(io.stdout).__index.write = function() return nil end
