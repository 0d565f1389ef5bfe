-- expect: error
package.path = "/etc/?;canary/?.lua"
require("passwd")
