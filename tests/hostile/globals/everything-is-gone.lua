-- expect: error
for name in pairs(_G) do if name ~= "_G" then _G[name] = nil end end
setmetatable(_G, nil)
