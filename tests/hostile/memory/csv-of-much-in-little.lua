-- expect: out of memory or out of time
csv.decode( (",\n"):rep(1 << 23), { header = false })
