-- expect: error
pcall, xpcall, error, tostring, type, select = nil, nil, nil, nil, nil, nil
task.map({ 1 }, function() local x = nil; return x.y end)
