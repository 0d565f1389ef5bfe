-- expect: done
io.output = function() return { write = function() error("mine") end } end
io.write("still written\n")
