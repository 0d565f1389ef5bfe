-- expect: out of time
require("pipe")
