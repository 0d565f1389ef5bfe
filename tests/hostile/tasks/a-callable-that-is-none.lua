-- expect: error
task.map({ 1 }, setmetatable({}, { __call = 12 }))
