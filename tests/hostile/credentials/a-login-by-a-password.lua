-- expect: any
for _, call in ipairs { { "create_login_profile", { user_name = "demo", password = "Secret-1234567890" } }, { "update_login_profile", { user_name = "demo", password = "x" } }, { "create_service_specific_credential", { user_name = "demo", service_name = "codecommit.amazonaws.com" } } } do
  local operation = iam[call[1]]
  if operation then print(call[1], pcall(operation, call[2])) end
end
