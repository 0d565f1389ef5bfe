-- expect: error
-- A changed header would make the reader read past its end.
local code = string.dump(function() return print end, true)
code = code:sub(1, 31) .. "\255" .. code:sub(33)
print("ran", assert(load(code, "x", "b"))())
