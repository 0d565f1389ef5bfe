-- expect: error
local t = { message = "x" }
t.cause = t
error(t)
