-- expect: error
error(setmetatable({}, { __name = setmetatable({}, { __tostring = error }), __tostring = nil }))
