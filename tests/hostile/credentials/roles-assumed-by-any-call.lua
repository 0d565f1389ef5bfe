-- expect: done
-- Every operation that issues credentials or tells a password.
local own = "arn:aws:iam::123456789012:role/moonfleet-instance"
for name, input in pairs {
  assume_role = { role_arn = own, role_session_name = "x" },
  assume_role_with_saml = { role_arn = own, principal_arn = "arn:aws:iam::123456789012:saml-provider/x", saml_assertion = "eA==" },
  assume_role_with_web_identity = { role_arn = own, role_session_name = "x", web_identity_token = "x" },
  assume_root = { target_principal = "123456789012", task_policy_arn = { arn = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials" } },
  get_federation_token = { name = "x" },
  get_session_token = {},
} do
  local operation = sts[name]
  if operation then
    local ok, problem = pcall(operation, input)
    print(name, ok, problem)
    assert(not ok and problem.code ~= "AccessDenied", name .. " was sent")
  end
end
