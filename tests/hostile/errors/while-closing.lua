-- expect: error
local a <close> = setmetatable({}, { __close = function(_, e) error(e, 0) end })
local b <close> = setmetatable({}, { __close = function() error(setmetatable({}, { __tostring = error })) end })
error("first")
