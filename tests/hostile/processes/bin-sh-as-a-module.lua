-- expect: error
require("/bin/sh")
