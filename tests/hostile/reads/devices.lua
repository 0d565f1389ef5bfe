-- expect: done
for _, name in ipairs { "/dev/tty", "/dev/stdin", "/dev/mem", "/dev/kmsg", "/dev/urandom", "/dev/pts/0", "/dev/ptmx", "/dev/shm", "/dev/vda", "/dev/sda", "/dev/zero" } do
  local file = io.open(name)
  print(name, file and "CANARY" .. "-7f3a")
end
