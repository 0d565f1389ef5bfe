-- expect: error
local function handler() error("again") end
print(xpcall(error, handler, "x"))
xpcall(error, function() return handler() end)
error(select(2, xpcall(handler, handler)))
