-- expect: error or out of time
-- Each value must be called to get the next one.
local t = print
for _ = 1, 1e5 do t = setmetatable({}, { __call = t }) end
t()
error("it was called")
