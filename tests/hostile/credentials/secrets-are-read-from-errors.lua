-- expect: done
-- The messages of failures must not tell the settings of the parent.
for _, options in ipairs { { profile = "admin" }, { endpoint_url = "x" }, { role_arn = "arn:aws:iam::210987654321:role/x" }, { region = "none" } } do
  local ok, problem = pcall(function() return aws.session(options).whoami() end)
  print(ok, problem, type(problem) == "table" and json.encode(problem) or "")
end
