-- expect: refused
pcall(require, "link")
require("link")
