-- expect: error
require("modules...canary")
