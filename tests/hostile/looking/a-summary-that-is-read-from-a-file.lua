-- expect: exit 2 or error or out of time
local file = io.open("canary/file")
return script { summary = "List " .. tostring(file and file:read("a")) .. ".", risk = "read", run = function() print("x") end }
