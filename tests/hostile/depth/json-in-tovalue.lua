-- expect: any
-- The program calls the script, which calls the program again.
local mt = {}
mt.__force = function(t) setmetatable(t, nil) t.x = json.encode(setmetatable({}, mt)) end
json.encode(setmetatable({}, mt))
