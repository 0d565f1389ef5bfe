local unit = require "unit"
local users = require "users"

local tests = {}

local function found(rows)
  local list = {}
  for at, row in ipairs(rows) do list[at] = row.finding .. " " .. row.name end
  return list
end

local function has(rows, finding, name)
  for _, row in ipairs(rows) do
    if row.finding == finding and row.name == name then return true end
  end
  return false
end

function tests.test_waits_for_the_credential_report()
  local rows = users.credential_report()
  local root = assert(rows[1])
  unit.assert_equals(root.name, "<root_account>")
  unit.assert_true(root.access_key_1_active)
  unit.assert_nil(root.password_enabled)
  for _, row in ipairs(rows) do
    if row.name == "grace.kim" then
      unit.assert_false(row.password_enabled)
      unit.assert_nil(row.password_last_used)
    elseif row.name == "anna.berg" then
      unit.assert_true(row.mfa_active)
      local created = row.user_creation_time ---@type Time
      unit.assert_equals((time.now() - created) // time.days(1), 820)
    end
  end
end

function tests.test_root_keys_and_missing_root_mfa_are_critical()
  unit.assert_equals(found(users.root()), {
    "root-access-key <root_account>",
    "root-without-mfa <root_account>",
    "root-used <root_account>",
  })
  unit.assert_equals(#users.root { quiet = "5d" }, 2)
end

function tests.test_finds_passwords_without_mfa()
  local rows = users.without_mfa()
  unit.assert_true(has(rows, "no-mfa", "dmitri.volkov"))
  unit.assert_false(has(rows, "no-mfa", "grace.kim"))
  unit.assert_false(has(rows, "no-mfa", "anna.berg"))
  unit.assert_true(has(rows, "root-without-mfa", "<root_account>"))
end

function tests.test_mfa_device_resolves_the_finding()
  local serial = iam.create_virtual_mfa_device({ virtual_mfa_device_name = "jane" }).virtual_mfa_device.serial_number
  iam.enable_mfa_device {
    user_name = "jane.doe",
    serial_number = serial,
    authentication_code1 = "123456",
    authentication_code2 = "654321",
  }
  unit.assert_false(has(users.without_mfa(), "no-mfa", "jane.doe"))
end

function tests.test_finds_old_unused_and_inactive_keys()
  local rows = users.access_keys()
  unit.assert_true(has(rows, "old-access-key", "ci-deploy"))
  unit.assert_true(has(rows, "unused-access-key", "jane.doe"))
  unit.assert_true(has(rows, "never-used-access-key", "dmitri.volkov"))
  unit.assert_true(has(rows, "inactive-access-key", "metrics-export"))
  unit.assert_false(has(rows, "old-access-key", "farid.haddad"))
  for _, row in ipairs(rows) do unit.assert_str_contains(row.access_key_id, "AKIA") end
  unit.assert_true(has(users.access_keys { max_age = "60d" }, "old-access-key", "farid.haddad"))
end

function tests.test_finds_inactive_users()
  local rows = users.inactive()
  unit.assert_true(has(rows, "inactive-user", "jane.doe"))
  unit.assert_true(has(rows, "never-used-password", "quentin.blanc"))
  unit.assert_false(has(rows, "inactive-user", "anna.berg"))
end

-- Replaces the credential report.
local function report(...)
  local lines = { ... }
  unit.answer("iam.get_credential_report", { content = table.concat(lines, "\n") })
end

local HEADER = "user,arn,user_creation_time,password_enabled,password_last_used,mfa_active,cert_1_active,cert_2_active"

function tests.test_root_without_credentials_needs_no_mfa()
  local arn = "arn:aws:iam::123456789012:root"
  report(HEADER, "<root_account>," .. arn .. ",2020-01-01T00:00:00Z,not_supported,N/A,false,false,false")
  local function present(password)
    unit.answer("iam.get_account_summary", {
      summary_map = { AccountPasswordPresent = password, AccountAccessKeysPresent = 0 },
    })
    return #users.root(), #users.without_mfa()
  end
  unit.assert_equals({ present(1) }, { 1, 1 })
  unit.assert_equals({ present(0) }, { 0, 0 })
end

local CREATED = time.parse "2020-01-01T00:00:00Z"

local function ssh_key(status)
  return { user_name = "git", ssh_public_key_id = "APKA1", status = status, upload_date = CREATED }
end

local function service_credential(status)
  return {
    user_name = "git",
    status = status,
    service_user_name = "git-at-123456789012",
    create_date = CREATED,
    service_specific_credential_id = "ACCA1",
    service_name = "codecommit.amazonaws.com",
  }
end

local function certificate(status)
  return { user_name = "git", certificate_id = "C1", certificate_body = "PEM", status = status }
end

-- Replaces the other credentials of all users.
local function other_credentials(ssh_keys, service_specific, certificates)
  unit.answer("iam.list_ssh_public_keys", { ssh_public_keys = ssh_keys or {} })
  unit.answer("iam.list_service_specific_credentials", { service_specific_credentials = service_specific or {} })
  unit.answer("iam.list_signing_certificates", { certificates = certificates or {} })
end

function tests.test_users_with_other_credentials_may_be_active()
  local old = "2020-01-01T00:00:00Z"
  report(HEADER, "git,arn:aws:iam::123456789012:user/git," .. old .. ",false,N/A,false,false,false")
  local function found_with(...)
    other_credentials(...)
    local rows = users.inactive()
    unit.assert_equals(#rows, 1)
    local row = assert(rows[1])
    return row.finding, row.detail
  end
  unit.assert_equals((found_with()), "never-seen-user")
  local kind, detail = found_with { ssh_key "Active" }
  unit.assert_equals(kind, "unrecorded-use")
  unit.assert_str_contains(detail, "1 SSH key")
  unit.assert_not_str_contains(detail, "delete")
  unit.assert_equals((found_with({}, { service_credential "Active" })), "unrecorded-use")
  unit.assert_equals((found_with({}, {}, { certificate "Active" })), "unrecorded-use")
  unit.assert_equals((found_with { ssh_key "Inactive" }), "never-seen-user")
end

function tests.test_weak_and_missing_password_policy_are_findings()
  local rows = users.password_policy()
  unit.assert_true(has(rows, "short-passwords", "password policy"))
  unit.assert_false(has(rows, "no-numbers", "password policy"))
  iam.delete_account_password_policy()
  unit.assert_equals(found(users.password_policy()), { "no-password-policy password policy" })
  iam.update_account_password_policy {
    minimum_password_length = 14,
    password_reuse_prevention = 24,
    require_symbols = true,
    require_numbers = true,
    require_uppercase_characters = true,
    require_lowercase_characters = true,
    allow_users_to_change_password = true,
  }
  unit.assert_equals(#users.password_policy(), 0)
end

function tests.test_denied_call_is_raised()
  unit.fail("iam.get_account_password_policy", { code = "AccessDenied", message = "not you" })
  unit.assert_error_contains("not you", users.password_policy)
end

function tests.test_lists_users_with_their_credentials()
  for _, row in ipairs(users.list()) do
    if row.name == "farid.haddad" then
      unit.assert_equals(row.access_keys, 2)
      unit.assert_equals(row.groups[1], "developers")
      unit.assert_true(row.mfa)
      unit.assert_equals(row.tags.Owner, "team-search")
      return
    end
  end
  error "farid.haddad is not listed"
end

return tests
