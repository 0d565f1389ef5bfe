-- expect: error
local t = { 1 }
for k in next, t do t[k] = nil; t[k .. "x"] = true; t[#t + 1] = k end
for k in pairs(t) do t[{}] = k end
error("went on")
