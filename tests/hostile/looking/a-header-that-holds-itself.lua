-- expect: exit 2 or done or out of time
local header = { summary = "List nothing.", risk = "read", run = function() end }
header.args, header.example = header, header
return script(header)
