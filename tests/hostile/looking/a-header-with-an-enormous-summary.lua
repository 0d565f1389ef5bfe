-- expect: exit 2 or done
return script { summary = "List " .. ("x"):rep(20 << 20) .. ".", risk = "read", run = function() end }
