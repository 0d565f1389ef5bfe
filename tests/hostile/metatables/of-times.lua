-- expect: error
getmetatable(time.now()).__index.unix = function() return 0 end
