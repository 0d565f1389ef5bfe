-- expect: done
for level = 0, 30 do
  local info = debug.getinfo(level, "Slnu")
  if not info then break end
  print(info.source, info.short_src)
end
print(debug.traceback("x"))
