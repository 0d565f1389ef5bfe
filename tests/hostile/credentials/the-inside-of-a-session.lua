-- expect: done
local session = aws.session {}
for _, object in ipairs { session, aws, ec2, ec2.describe_vpcs, aws.use() } do
  print(object, getmetatable(object), pcall(setmetatable, object, {}), pcall(rawget, object, "settings"))
  for _, name in ipairs { "credentials", "access_key_id", "secret_access_key", "session_token", "settings", "principal", "config", "remote", "__index", "_session", "guard" } do
    local ok, value = pcall(function() return object[name] end)
    if ok and value ~= nil then print(name, value) end
  end
end
