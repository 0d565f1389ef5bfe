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

function tests.test_identities_of_other_providers_cannot_pass_mfa()
  local rows = admins.list()
  -- The role break-glass demands MFA.
  unit.assert_not_nil(by_name(rows, "moonfleet-operator"))
  unit.assert_nil(by_name(rows, "github-deploy"))
  unit.assert_nil(by_name(rows, "sso-operators"))
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

-- The ways of a user with these statements.
local function ways_of(...)
  -- A second call replaces the statements of the same user.
  pcall(iam.create_user, { user_name = "ada" })
  iam.put_user_policy {
    user_name = "ada",
    policy_name = "all",
    policy_document = json.encode { Version = "2012-10-17", Statement = { ... } },
  }
  local row = by_name(admins.list(), "ada")
  return row and row.ways or {}
end

local function allow(actions, resources)
  return { Effect = "Allow", Action = actions, Resource = resources or "*" }
end

-- Makes a role of administrators that services assume.
local function role_at_work(...)
  iam.create_role {
    role_name = "at-work",
    assume_role_policy_document = json.encode {
      Version = "2012-10-17",
      Statement = { { Effect = "Allow", Principal = { Service = { ... } }, Action = "sts:AssumeRole" } },
    },
  }
  iam.attach_role_policy { role_name = "at-work", policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess" }
end

function tests.test_commands_on_privileged_instances_are_ways()
  local commands = { "ssm:SendCommand", "ssm:StartSession" }
  unit.assert_equals(ways_of(allow(commands)), {})
  role_at_work "ec2.amazonaws.com"
  unit.assert_equals(ways_of(allow(commands)), commands)
  local all_of_a_region = "arn:aws:ec2:eu-west-3:123456789012:instance/*"
  unit.assert_equals(ways_of(allow("ssm:StartSession", all_of_a_region)), { "ssm:StartSession" })
  unit.assert_equals(ways_of(allow(commands, "arn:aws:ec2:eu-central-1:123456789012:instance/i-1")), {})
end

function tests.test_code_of_privileged_functions_is_a_way()
  role_at_work("lambda.amazonaws.com", "codebuild.amazonaws.com")
  unit.assert_equals(ways_of(allow "lambda:UpdateFunctionCode"), { "lambda:UpdateFunctionCode" })
  unit.assert_equals(ways_of(allow { "codebuild:UpdateProject", "codebuild:StartBuild" }), {
    "codebuild:UpdateProject + codebuild:StartBuild",
  })
  unit.assert_equals(ways_of(allow "ssm:SendCommand"), {})
end

function tests.test_passing_a_role_has_many_ways()
  for _, with in ipairs {
    { "ec2:AssociateIamInstanceProfile" },
    { "ec2:ReplaceIamInstanceProfileAssociation" },
    { "ecs:RegisterTaskDefinition", "ecs:RunTask" },
    { "codebuild:CreateProject", "codebuild:StartBuild" },
    { "glue:CreateJob", "glue:StartJobRun" },
  } do
    local ways = ways_of(allow { "iam:PassRole", table.unpack(with) })
    unit.assert_equals(ways, { "iam:PassRole + " .. table.concat(with, " + ") })
    unit.assert_equals(ways_of(allow(with)), {})
  end
end

function tests.test_a_removable_boundary_is_no_limit()
  local own = "arn:aws:iam::123456789012:user/ada"
  local function limit(name, ...)
    local document = json.encode { Version = "2012-10-17", Statement = { ... } }
    local policy = assert(iam.create_policy({ policy_name = name, policy_document = document }).policy)
    iam.put_user_permissions_boundary { user_name = "ada", permissions_boundary = assert(policy.arn) }
  end
  iam.create_user { user_name = "ada" }
  limit("firm", allow "ec2:Describe*")
  unit.assert_equals(ways_of(allow "*"), {})
  limit("removable", allow "ec2:Describe*", allow("iam:DeleteUserPermissionsBoundary", own))
  unit.assert_equals(ways_of(allow "*"), { "iam:DeleteUserPermissionsBoundary" })
  unit.assert_str_contains(by_name(admins.list(), "ada").detail, "can remove its own permissions boundary")
end

function tests.test_one_finding_lists_all_ways()
  ways_of(allow "iam:*")
  local found = 0
  for _, row in ipairs(admins.list()) do
    if row.name == "ada" and row.finding == "can-become-admin" then
      found = found + 1
      unit.assert_true(#row.ways > 5)
      unit.assert_str_contains(row.detail, "other ways")
    end
  end
  unit.assert_equals(found, 1)
end

-- An account in GovCloud with a role of a permission set, and a role that can change the trust of others.
local function govcloud()
  local trust = json.encode {
    Statement = { { Effect = "Allow", Principal = { Federated = "saml" }, Action = "sts:AssumeRoleWithSAML" } },
  }
  local policy = "arn:aws-us-gov:iam::aws:policy/AdministratorAccess"
  unit.answer("iam.get_account_authorization_details", {
    role_detail_list = {
      {
        role_name = "AWSReservedSSO_Admin_0123456789abcdef",
        path = "/aws-reserved/sso.amazonaws.com/us-gov-west-1/",
        arn = "arn:aws-us-gov:iam::123456789012:role/aws-reserved/AWSReservedSSO_Admin_0123456789abcdef",
        attached_managed_policies = { { policy_name = "AdministratorAccess", policy_arn = policy } },
        assume_role_policy_document = trust,
      },
      {
        role_name = "deploy",
        path = "/",
        arn = "arn:aws-us-gov:iam::123456789012:role/deploy",
        role_policy_list = {
          {
            policy_name = "roles",
            policy_document = json.encode {
              Statement = {
                allow({ "iam:UpdateAssumeRolePolicy", "sts:AssumeRole" }, "arn:aws-us-gov:iam::123456789012:role/*"),
              },
            },
          },
        },
        assume_role_policy_document = trust,
      },
    },
    policies = {
      {
        arn = policy,
        policy_version_list = { { is_default_version = true, document = json.encode { Statement = { allow "*" } } } },
      },
    },
  })
end

function tests.test_permission_sets_are_managed_in_identity_center()
  govcloud()
  local row = by_name(admins.list(), "AWSReservedSSO_Admin_0123456789abcdef")
  unit.assert_equals({ row.finding, row.severity }, { "admin-by-permission-set", "low" })
end

function tests.test_govcloud_has_arns_of_its_own()
  govcloud()
  unit.assert_equals(by_name(admins.list(), "deploy").ways, { "iam:UpdateAssumeRolePolicy + sts:AssumeRole" })
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
