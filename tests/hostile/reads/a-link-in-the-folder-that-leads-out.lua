-- expect: done
for _, name in ipairs { "script/leads/file", "script/leads/data.csv", "script/link.lua", "script/leads/../.ssh/id_rsa" } do
  local file, problem = io.open(name)
  print(name, file and file:read("a"), problem)
end
