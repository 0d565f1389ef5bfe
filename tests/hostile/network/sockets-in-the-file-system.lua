-- expect: done
for _, name in ipairs { "/var/run/docker.sock", "/run/systemd/private", "/dev/log", "/tmp/.X11-unix/X0", "/dev/tcp/127.0.0.1/80", "/dev/udp/1.1.1.1/53", "//127.0.0.1/share/x", "\\\\127.0.0.1\\share", "http://127.0.0.1/", "tcp:127.0.0.1:80" } do
  local file = io.open(name)
  print(name, file and "CANARY" .. "-7f3a")
end
