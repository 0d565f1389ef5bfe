-- expect: any
-- The program asks the script, which asks the program.
local mt = {}
mt.__force = function(t) setmetatable(t, nil) t.x = json.encode(setmetatable({}, mt)) end
json.encode(setmetatable({}, mt))
