-- expect: out of time
local function again()
  setmetatable({}, { __gc = function() again() pcall(report.print, { { a = 1 } }) pcall(script, {}) end })
end
again()
collectgarbage("setpause", 1)
while true do report.print { { a = ("x"):rep(5000) } } end
