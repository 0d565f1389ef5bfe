-- expect: out of memory or out of time
require("modules.fills")
