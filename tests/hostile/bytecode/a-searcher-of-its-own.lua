-- expect: error
table.insert(package.searchers, 1, function() return load(string.dump(function() return 1 end)) end)
print("ran", require("anything"))
