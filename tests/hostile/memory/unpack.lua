-- expect: error
table.unpack({}, 1, 1 << 30)
