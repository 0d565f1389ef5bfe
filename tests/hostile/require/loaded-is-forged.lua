-- expect: done
package.loaded.json = { encode = function() return "forged" end }
assert(require("json").encode() == "forged" and json.encode({}) == "{}")
