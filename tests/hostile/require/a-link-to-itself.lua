-- expect: error
require("circle")
