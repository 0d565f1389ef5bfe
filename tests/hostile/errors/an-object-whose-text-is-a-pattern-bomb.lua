-- expect: out of time
error(setmetatable({}, { __tostring = function() return string.find(("a"):rep(40), ("a?"):rep(40) .. ("a"):rep(40)) end }))
