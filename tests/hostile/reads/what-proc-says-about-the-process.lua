-- expect: done
-- None of these can be opened, not even those of the process itself.
for _, name in ipairs { "environ", "mem", "maps", "cmdline", "status", "root/etc/passwd", "cwd/canary/file", "exe", "auxv", "mountinfo", "net/tcp", "task/1/environ", "map_files", "stack", "smaps", "mounts" } do
  for _, who in ipairs { "self", "thread-self", "1" } do
    local file, problem = io.open("/proc/" .. who .. "/" .. name)
    print(name, file and "CANARY" .. "-7f3a", problem)
  end
end
