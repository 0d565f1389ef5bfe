-- expect: refused or error or exit 2 or out of time
#!/bin/sh -c "touch made"
return script { summary = "List nothing.", risk = "read", run = function() end }
