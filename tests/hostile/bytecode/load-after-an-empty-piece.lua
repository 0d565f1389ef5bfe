-- expect: error
-- The signature is looked for in the first byte that there is.
local pieces = { string.dump(function() return 1 end) }
print("ran", assert(load(function() return table.remove(pieces) end, nil, nil, _ENV))())
