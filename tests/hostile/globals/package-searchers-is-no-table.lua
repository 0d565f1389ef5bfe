-- expect: error
package.searchers = 12
require("anything")
