-- expect: out of time
-- A fifo of which nobody writes the other end.
io.open("fifo"):read("a")
