-- expect: done or error
for _, topic in ipairs { "canary/module", "../canary/module", "canary/module.lua", "/etc/passwd", "script/link.lua", "leads.module" } do
  print(pcall(help, topic))
end
