-- expect: error
report.print(setmetatable({ r = { { a = 1 } } }, { __records = "r", __columns = { {}, print } }))
