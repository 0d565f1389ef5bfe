-- expect: error
error("\27[2J\27]52;c;eA==\7\r" .. ("\8"):rep(100) .. "done", 0)
