-- expect: done
for _, name in ipairs { "script/../canary/file", "script/./../canary/file", "script//..//canary//file", "./script/modules/../../canary/file", "script/../script/../canary/file", "/proc/self/cwd/canary/file", "/proc/self/cwd/script/../canary/file" } do
  local file, problem = io.open(name)
  print(name, file and file:read("a"), problem)
end
