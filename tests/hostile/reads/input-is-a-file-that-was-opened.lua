-- expect: error or done
-- `io.input(nil)` is standard input.
io.input(io.open("canary/file"))
print(io.read("a"))
