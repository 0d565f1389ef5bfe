-- expect: exit 2
while true do end
return script { summary = "List nothing.", risk = "read", run = function() end }
