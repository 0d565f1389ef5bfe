local unit = require "unit"
local list = require "list"

local tests = {}

local function explained(text)
  local ran = unit.run("arn-explain", { arn = text })
  unit.assert_equals(ran.code, 0, ran.stderr)
  local parts = list.index_by(ran.rows, "part")
  return parts, list.map(list.keys(parts), function(part) return part end)
end

function tests.test_looks_up_an_instance()
  local instance = assert(ec2.describe_instances.all { filters = { ["instance-state-name"] = "running" } }[1])
  local parts = explained("arn:aws:ec2:eu-central-1:123456789012:instance/" .. instance.instance_id)
  unit.assert_equals(parts.type.meaning, "a virtual machine")
  unit.assert_equals(parts.now.value, "exists")
  unit.assert_str_contains(parts.now.meaning, "running")
end

function tests.test_reports_a_missing_resource()
  local parts = explained "arn:aws:iam::123456789012:role/missing"
  unit.assert_equals(parts.now.value, "missing")
  parts = explained "arn:aws:ssm:eu-central-1:123456789012:parameter/no/such"
  unit.assert_equals(parts.now.value, "missing")
end

function tests.test_looks_up_parameters_and_groups()
  ssm.put_parameter { name = "/arn/explained", value = "x", type = "String" }
  local parts = explained "arn:aws:ssm:eu-central-1:123456789012:parameter/arn/explained"
  unit.assert_equals(parts.now, { part = "now", value = "exists", meaning = "String, version 1" })
end

function tests.test_other_accounts_are_not_looked_up()
  local parts = explained "arn:aws:iam::999999999999:role/deploy"
  unit.assert_str_contains(parts.account.meaning, "not the account of this session")
  unit.assert_str_contains(parts.now.meaning, "not looked up")
end

function tests.test_explains_arns_without_a_lookup()
  local parts = explained "arn:aws:s3:::logs"
  unit.assert_nil(parts.now)
  unit.assert_str_contains(parts.account.meaning, "no account")
  parts = explained "arn:aws:iam::123456789012:root"
  unit.assert_str_contains(parts.id.meaning, "the account itself")
end

function tests.test_denied_lookup_makes_the_run_incomplete()
  unit.fail("iam.get_role", { code = "AccessDenied", status = 403 })
  local ran = unit.run("arn-explain", { arn = "arn:aws:iam::123456789012:role/moonfleet-readonly" })
  unit.assert_equals(ran.code, 3)
end

function tests.test_invalid_arn_is_an_error()
  local ran = unit.run("arn-explain", { arn = "i-0123456789abcdef0" })
  unit.assert_equals(ran.code, 1)
  unit.assert_str_contains(ran.stderr, "is not an ARN")
  unit.assert_equals(unit.run("arn-explain").code, 2)
end

return tests
