-- expect: error
-- A forged count would make the loader read past the end of the chunk.
local code = string.dump(function() return print end, true)
code = code:sub(1, 31) .. "\255" .. code:sub(33)
print("ran", assert(load(code, "x", "b"))())
