-- expect: error
print("ran", assert(load("#!/bin/lua\n" .. string.dump(function() return 1 end)))())
