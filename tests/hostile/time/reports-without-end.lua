-- expect: out of time or out of memory
while true do report.print { { a = ("x"):rep(1 << 16), b = 1 } } end
