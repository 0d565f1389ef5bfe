-- expect: error
getmetatable(json.list()).__index = function() return "forged" end
