-- expect: done
-- The test gives an empty standard input.
print(io.read("a"), io.stdin:read("l"), io.stdin:seek("set", 0))
