-- expect: done
for _, name in ipairs { "..canary.module", "../canary/module", "leads.module", "modules...canary.module", "/etc/passwd", ".", "..", "", "modules/kept", "modules\0kept", "modules\\kept", "~.canary.module" } do
  print(pcall(require, name))
end
