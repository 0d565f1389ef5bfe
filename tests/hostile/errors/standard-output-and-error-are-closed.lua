-- expect: any
pcall(io.stdout.close, io.stdout)
pcall(io.stderr.close, io.stderr)
report.print { { a = 1 } }
