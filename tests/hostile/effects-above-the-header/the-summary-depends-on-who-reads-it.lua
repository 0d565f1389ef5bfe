-- expect: exit 2
return script { summary = (io.open == io.lines) and "List nothing." or "Delete everything.", risk = "read", run = function() print("CANARY" .. "-7f3a") end }
