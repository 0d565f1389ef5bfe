-- expect: refused or error
print(require("link"))
