-- expect: done
local now = time.now()
for _, zone in ipairs { "../../../etc/passwd", "/etc/passwd", "../canary/file", "posixrules/../../../../etc/passwd", "Europe/../../../../etc/hostname", "\0", ("a/"):rep(4000) } do
  print(pcall(now.format, now, "%Z %c", zone))
end
