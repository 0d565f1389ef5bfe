-- expect: refused
require("modules.spawns")
