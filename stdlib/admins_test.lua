local admins = require "admins"
local unit = require "unit"

local tests = {}

local function by_name(rows, name)
  for _, row in ipairs(rows) do
    if row.name == name then return row end
  end
end

function tests.test_finds_every_privilege_escalation()
  local rows = admins.list()
  unit.assert_equals(by_name(rows, "nils.larsen").finding, "admin-by-group")
  unit.assert_equals(by_name(rows, "olga.petrova").finding, "admin-by-inline-policy")
  unit.assert_equals(by_name(rows, "backup-runner").policy, "backup-all")
  unit.assert_equals(by_name(rows, "backup-runner").finding, "admin-by-custom-policy")
  unit.assert_equals(by_name(rows, "jane.doe").finding, "admin-attached")
  unit.assert_equals(by_name(rows, "helpdesk").way, "iam:AttachUserPolicy")
  unit.assert_equals(by_name(rows, "priya.nair").way, "iam:PassRole + ec2:RunInstances")
  unit.assert_equals(by_name(rows, "demo").finding, "can-assume-admin")
  -- Creating one's own keys is no escalation, and neither is reading.
  unit.assert_nil(by_name(rows, "emma.larsson"))
  unit.assert_nil(by_name(rows, "iris.auditor"))
end

local function user_who_may(name, statement)
  iam.create_user { user_name = name }
  iam.put_user_policy {
    user_name = name,
    policy_name = "all",
    policy_document = json.encode { Version = "2012-10-17", Statement = { statement } },
  }
end

function tests.test_iam_full_access_is_every_escalation()
  user_who_may("ada", { Effect = "Allow", Action = "iam:*", Resource = "*" })
  unit.assert_equals(by_name(admins.list(), "ada").finding, "can-become-admin")
end

function tests.test_passing_one_role_is_no_escalation()
  local role = "arn:aws:iam::123456789012:role/moonfleet-instance"
  local actions = { "iam:PassRole", "ec2:RunInstances" }
  user_who_may("ada", { Effect = "Allow", Action = actions, Resource = { role, "arn:aws:ec2:*" } })
  unit.assert_nil(by_name(admins.list(), "ada"))
end

function tests.test_denial_limits_administrator_access()
  user_who_may("ada", { Effect = "Allow", Action = "*", Resource = "*" })
  unit.assert_equals(by_name(admins.list(), "ada").finding, "admin-by-inline-policy")
  iam.put_user_policy {
    user_name = "ada",
    policy_name = "not-iam",
    policy_document = json.encode {
      Version = "2012-10-17",
      Statement = { { Effect = "Deny", Action = { "iam:*", "sts:*" }, Resource = "*" } },
    },
  }
  unit.assert_nil(by_name(admins.list(), "ada"))
end

return tests
