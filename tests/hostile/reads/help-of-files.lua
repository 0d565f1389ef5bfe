-- expect: done or error or out of time
for _, topic in ipairs { "canary/module", "../canary/module", "canary/module.lua", "/etc/passwd", "script/link.lua", "leads.module" } do
  print(pcall(help, topic))
end
