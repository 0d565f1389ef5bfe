-- expect: any
print(#time.now():format(("%Y-%m-%d "):rep(1 << 20)))
