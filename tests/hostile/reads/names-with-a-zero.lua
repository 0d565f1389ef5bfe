-- expect: done
for _, name in ipairs { "canary/file\0.lua", "script/\0/../canary/file", "\0canary/file", "canary\0/file" } do
  print(pcall(io.open, name))
  print(pcall(io.lines, name))
  print(pcall(loadfile, name))
end
