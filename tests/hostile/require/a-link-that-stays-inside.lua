-- expect: done
assert(require("inside") == "kept")
