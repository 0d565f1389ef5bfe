-- expect: done
for _, name in ipairs { "script/proc/environ", "script/proc/maps", "script/proc/cwd/canary/file", "script/proc/root/etc/passwd", "script/etc/passwd", "script/secret.txt" } do
  local file = io.open(name)
  print(name, file and file:read("a"))
end
