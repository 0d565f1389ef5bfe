-- expect: error
debug.setmetatable(print, { __index = os, __gc = print })
