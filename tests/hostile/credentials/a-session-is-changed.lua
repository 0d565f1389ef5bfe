-- expect: done
local session = aws.session {}
for _, name in ipairs { "profile", "region", "account", "endpoint_url", "role_arn", "ec2", "whoami" } do
  print(name, pcall(function() session[name] = "admin" end), pcall(rawset, session, name, "admin"))
end
-- It has spoilt its own table only.
assert(aws.session({}).whoami().account == "123456789012")
