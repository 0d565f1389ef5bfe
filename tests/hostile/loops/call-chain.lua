-- expect: error or out of time
-- Each has to be called to call the next.
local t = print
for _ = 1, 1e5 do t = setmetatable({}, { __call = t }) end
t()
error("it was called")
