-- expect: done
package = nil
assert(require("json").encode({ 1 }) == "[1]")
