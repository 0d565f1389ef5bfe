local unit = require "unit"
local list = require "list"

local tests = {}

local function explained(text)
  local ran = unit.run("arn-explain", { arn = text })
  unit.assert_equals(ran.code, 0, ran.stderr)
  local parts = list.index_by(ran.rows, "part")
  return parts, list.map(list.keys(parts), function(part) return part end)
end

function tests.test_an_instance_is_told_as_it_is_now()
  local instance = assert(ec2.describe_instances.all { filters = { ["instance-state-name"] = "running" } }[1])
  local parts = explained("arn:aws:ec2:eu-central-1:123456789012:instance/" .. instance.instance_id)
  unit.assert_equals(parts.type.meaning, "a virtual machine")
  unit.assert_equals(parts.now.value, "there")
  unit.assert_str_contains(parts.now.meaning, "running")
end

function tests.test_what_is_gone_is_said_to_be()
  local parts = explained "arn:aws:iam::123456789012:role/nobody"
  unit.assert_equals(parts.now.value, "not there")
  parts = explained "arn:aws:ssm:eu-central-1:123456789012:parameter/no/such"
  unit.assert_equals(parts.now.value, "not there")
end

function tests.test_parameters_and_groups_are_looked_up()
  ssm.put_parameter { name = "/arn/explained", value = "x", type = "String" }
  local parts = explained "arn:aws:ssm:eu-central-1:123456789012:parameter/arn/explained"
  unit.assert_equals(parts.now, { part = "now", value = "there", meaning = "String, version 1" })
end

function tests.test_of_another_account_nothing_is_looked_up()
  local parts = explained "arn:aws:iam::999999999999:role/deploy"
  unit.assert_str_contains(parts.account.meaning, "another account")
  unit.assert_str_contains(parts.now.meaning, "not looked up")
end

function tests.test_what_cannot_be_looked_up_is_explained_all_the_same()
  local parts = explained "arn:aws:s3:::logs"
  unit.assert_nil(parts.now)
  unit.assert_str_contains(parts.account.meaning, "no account")
  parts = explained "arn:aws:iam::123456789012:root"
  unit.assert_str_contains(parts.id.meaning, "the account itself")
end

function tests.test_a_call_that_is_refused_makes_it_incomplete()
  unit.fail("iam.get_role", { code = "AccessDenied", status = 403 })
  local ran = unit.run("arn-explain", { arn = "arn:aws:iam::123456789012:role/moonfleet-readonly" })
  unit.assert_equals(ran.code, 3)
end

function tests.test_what_is_no_arn_is_an_error()
  local ran = unit.run("arn-explain", { arn = "i-0123456789abcdef0" })
  unit.assert_equals(ran.code, 1)
  unit.assert_str_contains(ran.stderr, "is no ARN")
  unit.assert_equals(unit.run("arn-explain").code, 2)
end

return tests
