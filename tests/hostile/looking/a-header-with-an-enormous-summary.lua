-- expect: exit 2 or done or out of time
return script { summary = "List " .. ("x"):rep(20 << 20) .. ".", risk = "read", run = function() end }
