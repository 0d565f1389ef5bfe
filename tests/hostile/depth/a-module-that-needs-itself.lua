-- expect: error or out of time
require("modules.itself")
