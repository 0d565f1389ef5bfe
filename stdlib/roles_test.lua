local roles = require "roles"
local unit = require "unit"

local tests = {}

local function finding_of(rows, name)
  for _, row in ipairs(rows) do
    if row.name == name then return row.finding, row.severity end
  end
end

local function role_that_trusts(name, principal, condition)
  iam.create_role {
    role_name = name,
    assume_role_policy_document = json.encode {
      Version = "2012-10-17",
      Statement = {
        {
          Effect = "Allow",
          Principal = principal,
          Action = principal.Federated and "sts:AssumeRoleWithWebIdentity" or "sts:AssumeRole",
          Condition = condition,
        },
      },
    },
  }
end

function tests.test_external_principals_are_findings()
  local rows = roles.trust()
  unit.assert_equals(finding_of(rows, "open-catalogue"), "trust-in-everyone")
  unit.assert_equals(finding_of(rows, "contractor-deploy"), "trust-without-external-id")
  unit.assert_equals(finding_of(rows, "vendor-monitoring"), "trust-in-account")
  unit.assert_equals(finding_of(rows, "github-deploy"), "trust-in-any-identity")
  unit.assert_equals(finding_of(rows, "github-release"), "federation")
  unit.assert_equals(finding_of(rows, "sso-operators"), "federation")
  unit.assert_nil((finding_of(rows, "moonfleet-operator")))
  unit.assert_nil((finding_of(rows, "moonfleet-instance")))
end

function tests.test_trusted_accounts_are_info()
  unit.assert_equals(finding_of(roles.trust { trusted = "555566667777" }, "contractor-deploy"), "trust-in-own-account")
  unit.assert_error_contains("12 digits", roles.trust, { trusted = { "mine" } })
end

function tests.test_federation_severity_depends_on_subjects()
  local provider = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  local subject = "token.actions.githubusercontent.com:sub"
  role_that_trusts("none", provider, nil)
  role_that_trusts("house", provider, { StringLike = { [subject] = "repo:moonfleet-demo/*" } })
  role_that_trusts("absent", provider, { StringEqualsIfExists = { [subject] = "repo:a/b:ref:refs/heads/main" } })
  local rows = roles.trust()
  unit.assert_equals(finding_of(rows, "none"), "trust-in-any-identity")
  unit.assert_equals(finding_of(rows, "house"), "wide-federation")
  unit.assert_equals(finding_of(rows, "absent"), "trust-in-any-identity")
end

function tests.test_wildcard_condition_does_not_count()
  role_that_trusts("star", { AWS = "998877665544" }, { StringLike = { ["sts:ExternalId"] = "*" } })
  role_that_trusts("org", { AWS = "*" }, { StringEquals = { ["aws:PrincipalOrgID"] = "o-a1b2c3d4e5" } })
  local rows = roles.trust()
  unit.assert_equals(finding_of(rows, "star"), "trust-without-external-id")
  local finding, severity = finding_of(rows, "org")
  unit.assert_equals({ finding, severity }, { "trust-in-everyone", "medium" })
end

function tests.test_finds_unused_roles_except_service_linked()
  local rows = roles.unused()
  unit.assert_equals(finding_of(rows, "nightly-batch"), "unused-role")
  unit.assert_equals(finding_of(rows, "thumbnails"), "never-used-role")
  unit.assert_nil((finding_of(rows, "AWSServiceRoleForAutoScaling")))
  unit.assert_nil((finding_of(rows, "moonfleet-instance")))
  unit.assert_nil((finding_of(roles.unused { unused = "300d" }, "nightly-batch")))
end

function tests.test_lists_all_roles()
  for _, row in ipairs(roles.list()) do
    unit.assert_equals({ row.name, row.service_linked }, { row.name, row.name == "AWSServiceRoleForAutoScaling" })
  end
end

return tests
