-- expect: error
package.cpath = "/lib/x86_64-linux-gnu/?.so.6;./?.so"
require("libc")
