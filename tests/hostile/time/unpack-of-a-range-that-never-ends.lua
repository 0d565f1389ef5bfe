-- expect: error or out of time
print(pcall(table.unpack, {}, 1, math.maxinteger), pcall(table.unpack, {}, math.mininteger, math.maxinteger))
while true do pcall(table.unpack, {}, 1, 1e7) end
