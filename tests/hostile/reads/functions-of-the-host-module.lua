-- expect: done
local host = require("moonfleet.host")
for name, value in pairs(host) do
  print(name, value)
  if type(value) == "function" then
    for _, file in ipairs { "canary/file", "../canary/module", "canary/module.lua" } do print(pcall(value, file, {}, {})) end
  end
end
