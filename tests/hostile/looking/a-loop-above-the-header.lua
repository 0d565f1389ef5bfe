-- expect: exit 2 or out of time
while true do end
return script { summary = "List nothing.", risk = "read", run = function() end }
