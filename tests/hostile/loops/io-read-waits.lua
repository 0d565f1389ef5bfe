-- expect: out of time
-- A named pipe (FIFO) without a writer.
io.open("fifo"):read("a")
