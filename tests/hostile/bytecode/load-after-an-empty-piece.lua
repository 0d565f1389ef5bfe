-- expect: error
-- The bytecode signature is searched in the first non-empty piece.
local pieces = { string.dump(function() return 1 end) }
print("ran", assert(load(function() return table.remove(pieces) end, nil, nil, _ENV))())
