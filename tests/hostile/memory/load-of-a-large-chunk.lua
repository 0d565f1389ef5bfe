-- expect: out of memory or out of time
local n = 0
load(function() n = n + 1 return "local function f" .. n .. "() return '" .. ("x"):rep(1000) .. n .. "' end do end; " .. (n % 100 == 0 and "do end " or "") end, "x")
assert(load("return {" .. ("{},"):rep(1 << 22) .. "}"))
