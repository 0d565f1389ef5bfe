-- expect: done
assert(require("_G") == _G)
