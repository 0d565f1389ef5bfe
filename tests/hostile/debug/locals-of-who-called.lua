-- expect: error
for level = 1, 20 do
  for at = 1, 20 do debug.setlocal(level, at, os.execute) end
end
