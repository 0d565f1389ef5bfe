-- expect: error
json.decode(("["):rep(1 << 20))
