-- expect: any
for _ in io.lines("/dev/urandom", 1) do end
