-- expect: error
local run = assert(load(string.dump(function() return 1 end)))
print("ran", run())
