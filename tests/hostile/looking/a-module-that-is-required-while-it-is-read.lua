-- expect: out of time
-- Modules are nothing while the header is read; this one loops.
local loops = require("modules.loops")
return script { summary = "List nothing.", risk = "read", run = function() print(loops) end }
