-- expect: refused
require("leads.module")
