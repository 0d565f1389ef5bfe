-- expect: done
local names = aws.profiles()
assert(#names == 0, "the profiles of the user: " .. table.concat(names, " "))
