-- expect: out of time
require("modules.loops")
