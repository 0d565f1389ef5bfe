-- expect: done
-- The third and the fourth of Lua's default searchers load C libraries.
package.cpath, package.path = "./?.lua", "./?.lua"
for at = 1, #package.searchers do
  local ok, found = pcall(package.searchers[at], "compiled")
  assert(not ok or type(found) ~= "function", at)
end
