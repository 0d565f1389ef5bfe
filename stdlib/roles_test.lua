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

local COGNITO = "cognito-identity.amazonaws.com"

function tests.test_cognito_roles_are_judged_by_pool_and_kind_of_user()
  local pool = { [COGNITO .. ":aud"] = "eu-central-1:12345678-dead-beef-cafe-123456790ab" }
  local function users(kind) return { [COGNITO .. ":amr"] = kind } end
  local cognito = { Federated = COGNITO }
  role_that_trusts("members", cognito, { StringEquals = pool, ["ForAnyValue:StringLike"] = users "authenticated" })
  role_that_trusts("guests", cognito, { StringEquals = pool, ["ForAnyValue:StringLike"] = users "unauthenticated" })
  role_that_trusts("both", cognito, { StringEquals = pool })
  role_that_trusts("any-pool", cognito, { ["ForAnyValue:StringLike"] = users "authenticated" })
  local rows = roles.trust()
  unit.assert_equals({ finding_of(rows, "members") }, { "federation", "info" })
  unit.assert_equals({ finding_of(rows, "guests") }, { "guest-federation", "low" })
  unit.assert_equals({ finding_of(rows, "both") }, { "guest-federation", "medium" })
  unit.assert_equals({ finding_of(rows, "any-pool") }, { "trust-in-any-identity", "critical" })
end

function tests.test_an_issuer_of_ones_own_is_not_the_public()
  local function provider(url) return { Federated = "arn:aws:iam::123456789012:oidc-provider/" .. url } end
  local google = "accounts.google.com"
  role_that_trusts("cluster", provider "oidc.eks.eu-central-1.amazonaws.com/id/ABC", nil)
  role_that_trusts("app", { Federated = google }, { StringEquals = { [google .. ":aud"] = "my-app" } })
  role_that_trusts("any-app", { Federated = google }, nil)
  role_that_trusts("gitlab", provider "gitlab.com", { StringEquals = { ["gitlab.com:aud"] = "https://gitlab.com" } })
  local rows = roles.trust()
  unit.assert_equals({ finding_of(rows, "cluster") }, { "wide-federation", "medium" })
  unit.assert_equals({ finding_of(rows, "app") }, { "wide-federation", "medium" })
  unit.assert_equals({ finding_of(rows, "any-app") }, { "trust-in-any-identity", "critical" })
  unit.assert_equals({ finding_of(rows, "gitlab") }, { "trust-in-any-identity", "critical" })
end

function tests.test_named_principals_and_mfa_need_no_external_id()
  role_that_trusts("one-role", { AWS = "arn:aws:iam::998877665544:role/deploy" }, nil)
  local account = { AWS = "arn:aws:iam::998877665544:root" }
  local function mfa(value) return { ["aws:MultiFactorAuthPresent"] = value } end
  role_that_trusts("people", account, { Bool = mfa "true" })
  role_that_trusts("no-mfa", account, { Bool = mfa "false" })
  role_that_trusts("maybe", account, { BoolIfExists = mfa "true" })
  role_that_trusts("everyone", { AWS = "*" }, { Bool = mfa "true" })
  local rows = roles.trust()
  unit.assert_equals({ finding_of(rows, "one-role") }, { "trust-in-principal", "low" })
  unit.assert_equals({ finding_of(rows, "people") }, { "trust-in-account", "info" })
  unit.assert_equals({ finding_of(rows, "no-mfa") }, { "trust-without-external-id", "high" })
  unit.assert_equals({ finding_of(rows, "maybe") }, { "trust-without-external-id", "high" })
  unit.assert_equals({ finding_of(rows, "everyone") }, { "trust-in-everyone", "critical" })
end

-- Replaces the account's roles by this one.
local function only_role(fields)
  local role = {
    role_name = "one",
    path = "/",
    arn = "arn:aws:iam::123456789012:role/one",
    role_id = "AROA",
    create_date = time.now() - time.days(500),
    assume_role_policy_document = [[{"Statement": []}]],
  }
  for name, value in pairs(fields) do role[name] = value end
  unit.answer("iam.get_account_authorization_details", { role_detail_list = { role } })
end

function tests.test_a_denial_for_others_restricts_the_trust()
  only_role {
    assume_role_policy_document = json.encode {
      Statement = {
        { Effect = "Allow", Principal = { AWS = "998877665544" }, Action = "sts:AssumeRole" },
        {
          Effect = "Deny",
          Principal = "*",
          Action = "sts:AssumeRole",
          Condition = { StringNotEquals = { ["aws:PrincipalOrgID"] = "o-a1b2c3d4e5" } },
        },
      },
    },
  }
  unit.assert_equals({ finding_of(roles.trust(), "one") }, { "trust-in-account", "info" })
end

function tests.test_roles_of_aws_are_not_unused()
  local function is_found(fields)
    only_role(fields)
    return #roles.unused() > 0
  end
  unit.assert_true(is_found {})
  unit.assert_false(is_found { path = "/aws-reserved/sso.amazonaws.com/eu-central-1/" })
  unit.assert_false(is_found { path = "/aws-service-role/ecs.amazonaws.com/" })
  unit.assert_false(is_found { role_name = "OrganizationAccountAccessRole" })
  unit.assert_false(is_found { role_name = "AWSControlTowerExecution" })
end

function tests.test_no_recorded_use_is_no_reason_to_delete()
  only_role {}
  local finding = roles.unused()[1] --[[@as any]]
  unit.assert_equals(finding.severity, "low")
  unit.assert_str_contains(finding.detail, "in the last 400 days")
  unit.assert_not_str_contains(finding.detail, "; delete")
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
