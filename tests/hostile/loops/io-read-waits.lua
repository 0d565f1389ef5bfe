-- expect: out of time
-- A named pipe (FIFO) without a writer.
io.open("script/pipe.lua"):read("a")
