-- expect: error
require("../canary/module")
