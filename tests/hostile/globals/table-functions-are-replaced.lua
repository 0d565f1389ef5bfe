-- expect: done
for name in pairs(table) do table[name] = function() error("mine") end end
print("still", "printed")
assert(select("#", pcall(print)) == 1)
