-- expect: done
for _, name in ipairs { "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/hosts", "/etc/resolv.conf", "/etc/ssl/openssl.cnf", "/root/.bashrc", "/var/log/lastlog", "/etc/machine-id" } do
  local file, problem = io.open(name)
  print(name, file and "CANARY" .. "-7f3a", problem)
end
