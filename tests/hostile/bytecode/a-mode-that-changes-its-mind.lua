-- expect: error
local mode = setmetatable({}, { __tostring = function() return "b" end, __name = "string" })
print("ran", assert(load(string.dump(function() return 1 end), "x", mode))())
