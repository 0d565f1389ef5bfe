local policies = require "policies"
local unit = require "unit"

local tests = {}

local function by_name(rows, name)
  for _, row in ipairs(rows) do
    if row.name == name then return row end
  end
end

local WITH_MFA = {
  Statement = {
    Effect = "Allow",
    Action = "ec2:*",
    Resource = "*",
    Condition = { Bool = { ["aws:MultiFactorAuthPresent"] = "true" } },
  },
}

function tests.test_parses_every_form_of_a_document()
  local role = iam.get_role { role_name = "moonfleet-operator" }.role
  local trust = assert(policies.parse(role.assume_role_policy_document or "").statements[1])
  unit.assert_equals(trust.actions, { "sts:AssumeRole" })
  unit.assert_equals(trust.principals, { { kind = "AWS", value = "arn:aws:iam::123456789012:root" } })
  local conditions = assert(policies.parse(WITH_MFA).statements[1]).conditions
  unit.assert_equals(assert(conditions[1]).key, "aws:MultiFactorAuthPresent")
  unit.assert_error_contains("not a policy document", policies.parse, "nonsense")
end

function tests.test_condition_on_unknown_context_is_not_allowed()
  unit.assert_false(policies.allows(WITH_MFA, "ec2:RunInstances"))
  unit.assert_true(policies.allows(WITH_MFA, "ec2:RunInstances", "*", { ["aws:MultiFactorAuthPresent"] = true }))
  unit.assert_false(policies.allows(WITH_MFA, "iam:GetUser", "*", { ["aws:MultiFactorAuthPresent"] = true }))
end

function tests.test_account_is_one_listing()
  local account = policies.account()
  local ada = by_name(account.principals, "anna.berg")
  local names = {}
  for at, source in ipairs(ada.policies) do names[at] = source.via .. " " .. source.policy end
  unit.assert_equals(names, { "group operators ReadOnlyAccess", "group operators fleet-run-command" })
end

function tests.test_boundary_limits_actions()
  iam.put_user_permissions_boundary {
    user_name = "olga.petrova",
    permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess",
  }
  unit.assert_nil(by_name(policies.admins(), "olga.petrova"))
  unit.assert_nil(by_name(policies.who_can { action = "ec2:TerminateInstances" }, "olga.petrova"))
  unit.assert_not_nil(by_name(policies.who_can { action = "ec2:DescribeInstances" }, "olga.petrova"))
end

function tests.test_returns_the_statements_that_allow_an_action()
  local rows = policies.who_can { action = "ec2:TerminateInstances" }
  local priya = by_name(rows, "priya.nair")
  unit.assert_equals({ priya.policy, priya.statement, priya.via }, { "deploy-pipelines", "Machines", "attached" })
  unit.assert_equals(by_name(rows, "jane.doe").decision, "allowed")
  unit.assert_nil(by_name(rows, "anna.berg"))
end

function tests.test_the_root_user_can_call_every_action()
  local row = by_name(policies.who_can { action = "ec2:TerminateInstances" }, "<root_account>")
  unit.assert_equals({ row.kind, row.arn, row.via }, { "root", "arn:aws:iam::123456789012:root", "root user" })
  -- An organization can remove the credentials of the root user.
  unit.answer("iam.get_account_summary", {
    summary_map = { AccountPasswordPresent = 0, AccountAccessKeysPresent = 0 },
  })
  unit.assert_nil(by_name(policies.who_can { action = "ec2:TerminateInstances" }, "<root_account>"))
end

function tests.test_variables_have_the_values_of_the_user()
  local own = "arn:aws:iam::123456789012:user/people/emma.larsson"
  local rows = policies.who_can { action = "iam:CreateAccessKey", resource = own }
  unit.assert_equals(by_name(rows, "emma.larsson").policy, "own-keys")
  unit.assert_nil(by_name(rows, "ben.okafor"))
end

function tests.test_undecided_condition_is_conditional()
  local machine = "arn:aws:ec2:eu-central-1:123456789012:instance/i-0123456789abcdef0"
  local row = by_name(policies.who_can { action = "ssm:SendCommand", resource = machine }, "anna.berg")
  unit.assert_equals(row.decision, "conditional")
  unit.assert_equals(row.conditions, "ssm:resourceTag/Owner Null false")
  local known = { ["ssm:resourceTag/Owner"] = "team-web" }
  local rows = policies.who_can { action = "ssm:SendCommand", resource = machine, context = known }
  unit.assert_equals(by_name(rows, "anna.berg").decision, "allowed")
end

function tests.test_decisions_match_the_simulator()
  for _, action in ipairs { "ec2:TerminateInstances", "iam:CreateUser", "ec2:DescribeInstances" } do
    local can = policies.who_can { action = action, resource = "*" }
    for _, name in ipairs { "jane.doe", "anna.berg", "priya.nair", "iris.auditor" } do
      local user = iam.get_user { user_name = name }.user
      local results = iam.simulate_principal_policy {
        policy_source_arn = user.arn,
        action_names = { action },
      }.evaluation_results
      local decision = assert(results[1]).eval_decision
      unit.assert_equals({ action, name, by_name(can, name) ~= nil }, { action, name, decision == "allowed" })
    end
  end
end

function tests.test_effective_lists_all_statements()
  local rows = policies.effective "arn:aws:iam::123456789012:user/service/helpdesk"
  unit.assert_equals(#rows, 2)
  local row = assert(rows[2])
  unit.assert_equals({ row.statement, row.actions, row.via }, { "Access", "iam:AttachUserPolicy", "inline" })
  unit.assert_error_contains("no such user or role", policies.effective, "arn:aws:iam::123456789012:user/missing")
end

function tests.test_invalid_action_and_option_are_errors()
  unit.assert_error_contains("SERVICE:NAME", policies.who_can, { action = "terminate" })
  unit.assert_error_contains("resource", policies.who_can, { action = "ec2:RunInstances", resouce = "*" })
end

return tests
