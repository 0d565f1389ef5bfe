-- expect: error
load("error('x')", "@\27[2J\nmoonfleet: done\n")()
