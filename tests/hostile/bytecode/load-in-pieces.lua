-- expect: error
local code, at = string.dump(function() return 1 end), 0
local function piece() at = at + 1 return at <= #code and code:sub(at, at) or nil end
print("ran", assert(load(piece, "x", "bt"))())
