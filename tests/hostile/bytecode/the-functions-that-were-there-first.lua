-- expect: done
-- The original `load`, `loadfile` and `require` must not be reachable from a script.
local code = string.dump(function() error("ran") end)
for _, place in pairs { _G, package.loaded._G } do
  for _, name in pairs { "load", "loadfile", "dofile" } do
    local ok, run = pcall(place[name], name == "load" and code or "bytecode.luac", "x", "b")
    assert(not ok or run == nil, name)
  end
end
assert(loadstring == nil and package.loadlib == nil)
