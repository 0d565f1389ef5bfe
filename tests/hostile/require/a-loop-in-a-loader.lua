-- expect: out of time
package.preload.mine = function() while true do end end
require("mine")
