local arn = require "arn"
local unit = require "unit"

local tests = {}

local function parts(text, names)
  local parsed = arn.parse(text) or {}
  local found = {}
  for name in names:gmatch "%S+" do found[name] = parsed[name] end
  return found
end

function tests.test_parses_an_arn()
  unit.assert_equals(arn.parse "arn:aws:ec2:eu-central-1:123456789012:instance/i-0123456789abcdef0", {
    partition = "aws",
    service = "ec2",
    region = "eu-central-1",
    account = "123456789012",
    resource = "instance/i-0123456789abcdef0",
    type = "instance",
    id = "i-0123456789abcdef0",
    name = "i-0123456789abcdef0",
  })
end

function tests.test_parses_the_arns_of_each_service()
  for text, wanted in pairs {
    -- Paths belong to the id.
    ["arn:aws:iam::123456789012:role/service/backup"] = { type = "role", id = "service/backup", name = "backup" },
    ["arn:aws:iam::aws:policy/ReadOnlyAccess"] = { account = "aws", type = "policy", name = "ReadOnlyAccess" },
    ["arn:aws:iam::123456789012:root"] = { type = "", id = "root", name = "root" },
    ["arn:aws:sts::123456789012:assumed-role/deploy/session-1"] = { type = "assumed-role", id = "deploy/session-1" },
    -- ARNs of buckets contain no region and no account.
    ["arn:aws:s3:::logs/2026/x.gz"] = { region = "", account = "", type = "", id = "logs/2026/x.gz", name = "x.gz" },
    -- Colons instead of slashes.
    ["arn:aws:logs:eu-west-1:123456789012:log-group:/app/web:*"] = { type = "log-group", id = "/app/web:*" },
    ["arn:aws:lambda:eu-west-1:123456789012:function:send:3"] = { type = "function", id = "send:3" },
    ["arn:aws:sns:eu-west-1:123456789012:alarms"] = { type = "", id = "alarms" },
    -- The name of a parameter with a path begins with a slash.
    ["arn:aws:ssm:eu-west-1:123456789012:parameter/app/db"] = { type = "parameter", id = "/app/db", name = "db" },
    ["arn:aws:ssm:eu-west-1:123456789012:parameter/plain"] = { type = "parameter", id = "plain" },
    ["arn:aws-cn:ec2:cn-north-1:123456789012:vpc/vpc-1"] = { partition = "aws-cn", type = "vpc" },
  } do
    local names = ""
    for name in pairs(wanted) do names = names .. " " .. name end
    unit.assert_equals(parts(text, names), wanted, text)
  end
end

function tests.test_invalid_arn_has_a_reason()
  for text, why in pairs {
    ["i-0123456789abcdef0"] = "expected a form such as arn:aws:ec2",
    ["arn:aws:ec2"] = "expected a form such as",
    ["arn:aws::eu-west-1:1:x"] = "its service is empty",
    ["arn:aws:s3:::"] = "its resource is empty",
  } do
    local parsed, problem = arn.parse(text)
    unit.assert_nil(parsed)
    unit.assert_str_contains(problem or "", why)
    unit.assert_false(arn.is(text))
  end
  unit.assert_str_contains(select(2, arn.parse(3)) or "", "a number is not an ARN")
end

function tests.test_builds_an_arn()
  unit.assert_equals(
    arn.build { service = "ec2", type = "volume", id = "vol-1" },
    "arn:aws:ec2:eu-central-1:123456789012:volume/vol-1"
  )
  unit.assert_equals(arn.build { service = "s3", id = "logs" }, "arn:aws:s3:::logs")
  unit.assert_equals(arn.build { service = "iam", type = "role", id = "x" }, "arn:aws:iam::123456789012:role/x")
  unit.assert_equals(
    arn.build { service = "ssm", type = "parameter", id = "/app/db", account = "1", region = "eu-west-1" },
    "arn:aws:ssm:eu-west-1:1:parameter/app/db"
  )
  unit.assert_error_contains("a resource is missing", arn.build, { service = "ec2" })
  unit.assert_error_contains("did you mean 'account'?", arn.build, { service = "ec2", acount = "1" })
end

function tests.test_parsed_arn_can_be_built_again()
  for _, text in ipairs {
    "arn:aws:iam::123456789012:role/service/backup",
    "arn:aws:s3:::logs/2026",
    "arn:aws:logs:eu-west-1:123456789012:log-group:/app/web:*",
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/app/db",
  } do
    local parsed = arn.parse(text)
    unit.assert_equals(parsed and arn.build(parsed), text)
  end
end

function tests.test_matches_patterns_as_iam_does()
  local instance = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"
  for pattern, wanted in pairs {
    ["*"] = true,
    ["arn:aws:ec2:*:*:instance/*"] = true,
    ["arn:aws:ec2:eu-west-?:123456789012:*"] = true,
    ["arn:aws:ec2:us-*:*:instance/*"] = false,
    ["arn:aws:ec2:*:*:volume/*"] = false,
    ["arn:aws:ec2:*:*:instance/i-"] = false,
    ["arn:*:ec2:eu.west.1:*:*"] = false,
  } do
    unit.assert_equals(arn.matches(instance, pattern), wanted, pattern)
  end
  unit.assert_true(arn.matches("arn:aws:s3:::logs/a/b", "arn:aws:s3:::logs/*"))
  unit.assert_false(arn.matches("no arn", "arn:aws:s3:::*"))
  unit.assert_error_contains("must have the parts", arn.matches, instance, "ec2:*")
end

function tests.test_returns_arns_of_rows()
  local instance = assert(ec2.describe_instances.all()[1])
  unit.assert_equals(
    arn.of(instance),
    "arn:aws:ec2:eu-central-1:123456789012:instance/" .. instance.instance_id
  )
  local user = assert(iam.list_users.all()[1])
  unit.assert_equals(arn.of(user), user.arn)
  unit.assert_equals(arn.of { snapshot_id = "snap-1", region = "eu-west-1" }, "arn:aws:ec2:eu-west-1::snapshot/snap-1")
  unit.assert_nil(arn.of { name = "x" })
end

function tests.test_the_partition_is_that_of_the_region()
  local function built(region)
    return arn.build { service = "ec2", region = region, account = "123456789012", type = "instance", id = "i-1" }
  end
  unit.assert_equals(built "eu-west-1", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1")
  unit.assert_equals(built "cn-north-1", "arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-1")
  unit.assert_equals(built "us-gov-west-1", "arn:aws-us-gov:ec2:us-gov-west-1:123456789012:instance/i-1")
  local row = { volume_id = "vol-1", region = "us-gov-east-1", account = "123456789012" }
  unit.assert_equals(arn.of(row), "arn:aws-us-gov:ec2:us-gov-east-1:123456789012:volume/vol-1")
end

return tests
