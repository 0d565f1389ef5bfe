-- expect: done
for _, found in pairs { debug, package.loaded.debug, require("debug") } do
  for name in pairs(found) do assert(name == "traceback" or name == "getinfo", name) end
end
