-- expect: refused or error or exit 2
#!/bin/sh -c "touch made"
return script { summary = "List nothing.", risk = "read", run = function() end }
