-- expect: error
setmetatable(getmetatable(""), {})
