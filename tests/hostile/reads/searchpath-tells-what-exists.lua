-- expect: done
-- It would tell which files can be read.
local search = package.searchpath
if search then print(search("credentials", "./.aws/?;/etc/?"), search("passwd", "/etc/?"), search("shadow", "/etc/?")) end
