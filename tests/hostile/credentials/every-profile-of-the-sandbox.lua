-- expect: done
local own = aws.whoami().account
for _, name in ipairs { "default", "admin", "process", "staging", "production", "prod", "network", "security", "shared", "demo", "", " ", "default\0", "DEFAULT" } do
  local ok, who = pcall(function() return aws.session({ profile = name }).whoami() end)
  print(name, ok, ok and who.account or who)
  assert(not ok, "the run has the session of another profile: " .. name)
end
print(own)
