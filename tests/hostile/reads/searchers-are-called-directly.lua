-- expect: done
for _, searcher in ipairs(package.searchers) do
  for _, name in ipairs { "../canary/module", "leads.module", "..canary.module", "/etc/passwd" } do
    local ok, found = pcall(searcher, name)
    print(ok, found)
    if type(found) == "function" then print(pcall(found, name)) end
  end
end
