-- expect: out of memory or out of time
json.decode("[" .. ("[],"):rep(1 << 22) .. "0]")
