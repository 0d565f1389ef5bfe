-- expect: done or error
-- Opening one waits for a writer; this one is outside of the folder.
print(io.open("fifo"))
