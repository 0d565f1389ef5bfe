-- expect: error
require("modules\0.x")
