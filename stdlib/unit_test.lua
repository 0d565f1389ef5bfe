---@diagnostic disable: need-check-nil
-- A nil where a test expects a row fails the test, as intended.

local unit = require "unit"

local tests = {}

-- Asserts that an assertion fails with a message that contains a part.
local function fails_with(part, assertion, ...)
  local ok, e = pcall(assertion, ...)
  assert(not ok, "the assertion did not fail")
  assert(tostring(e):find(part, 1, true), tostring(e))
end

function tests.test_compares_tables_deeply()
  unit.assert_equals({ a = { 1, 2 } }, { a = { 1, 2 } })
  unit.assert_equals(2, 2.0)
  fails_with("expected", unit.assert_equals, { a = { 1, 2 } }, { a = { 1, 3 } })
  fails_with("expected", unit.assert_equals, { 1 }, { 1, 2 })
  unit.assert_not_equals({ 1 }, { 2 })
  fails_with("", unit.assert_not_equals, { 1 }, { 1 })
end

function tests.test_compares_items_in_any_order()
  unit.assert_items_equals({ 1, 2, 2 }, { 2, 1, 2 })
  fails_with("", unit.assert_items_equals, { 1, 1, 2 }, { 1, 2, 2 })
end

function tests.test_assert_true_needs_true()
  unit.assert_true(true)
  unit.assert_false(false)
  unit.assert_nil(nil)
  unit.assert_not_nil(false)
  fails_with("", unit.assert_true, 1)
  fails_with("", unit.assert_false, nil)
  fails_with("", unit.assert_nil, false)
  fails_with("", unit.assert_not_nil, nil)
end

function tests.test_searches_texts_and_errors()
  unit.assert_str_contains("a.b", ".")
  fails_with("", unit.assert_str_contains, "ab", ".")
  unit.assert_error_contains("no such", error, "no such thing")
  fails_with("", unit.assert_error_contains, "no such", error, "another")
  fails_with("", unit.assert_error_contains, "no such", function() end)
end

function tests.test_compares_numbers_with_a_margin()
  unit.assert_almost_equals(1.0, 1.05, 0.1)
  fails_with("margin", unit.assert_almost_equals, 1.0, 1.2, 0.1)
end

function tests.test_an_answer_replaces_that_of_the_sandbox()
  unit.answer("ec2.describe_volumes", function(input) return { volumes = { { volume_id = input.volume_ids[1] } } } end)
  local input = { volume_ids = { "vol-1" } }
  unit.assert_equals(ec2.describe_volumes.all(input)[1].volume_id, "vol-1")
  unit.assert_equals(ec2.describe_volumes(input).volumes[1].volume_id, "vol-1")
  for volume in ec2.describe_volumes.items(input) do unit.assert_equals(volume.volume_id, "vol-1") end
  for page in ec2.describe_volumes.pages(input) do unit.assert_equals(#page.volumes, 1) end
  unit.assert_true(#ec2.describe_instances.all() > 0)
end

function tests.test_operations_of_all_services_can_be_answered()
  local databases = { { db_instance_identifier = "orders", engine = "postgres", tag_list = { App = "App20" } } }
  unit.answer("rds.describe_db_instances", { db_instances = databases })
  local rds = aws.service "rds"
  local found = rds.describe_db_instances.all()
  unit.assert_equals(found[1].db_instance_identifier, "orders")
  unit.assert_equals(found[1].tag_list.App, "App20")
  unit.assert_error_contains("does not simulate rds.describe_db_clusters", rds.describe_db_clusters)
end

function tests.test_a_failure_comes_before_an_answer()
  unit.answer("rds.describe_db_instances", { db_instances = {} })
  unit.fail("rds.describe_db_instances", { code = "AccessDenied", status = 403 })
  local rds = aws.service "rds"
  unit.assert_error_contains("AccessDenied", rds.describe_db_instances)
  unit.assert_equals(#rds.describe_db_instances().db_instances, 0)
end

function tests.test_an_answering_function_can_make_calls()
  unit.answer("sts.get_caller_identity", { account = "111122223333", arn = "arn:aws:iam::111122223333:user/a" })
  unit.answer("lambda.list_functions", function()
    return { functions = { { function_name = "of-" .. sts.get_caller_identity().account } } }
  end)
  unit.assert_equals(aws.service("lambda").list_functions().functions[1].function_name, "of-111122223333")
end

function tests.test_answers_are_what_the_operation_returns()
  local function wrong(part, operation, answer) unit.assert_error_contains(part, unit.answer, operation, answer) end
  wrong("did you mean 'db_instances'", "rds.describe_db_instances", { db_instance = {} })
  wrong("db_instances[1].engine: expected string, got integer", "rds.describe_db_instances", {
    db_instances = { { engine = 1 } },
  })
  wrong("did you mean 'describe_db_instances'", "rds.describe_db_instance", {})
  wrong("did you mean 'rds'", "rdss.describe_db_instances", {})
  wrong("expected SERVICE.OPERATION", "describe_volumes", {})
  wrong("expected a table or a function", "ec2.describe_volumes", "none")
  unit.answer("ec2.describe_volumes", function() return { volume = {} } end)
  unit.assert_error_contains("the answer to ec2.describe_volumes: unknown field 'volume'", ec2.describe_volumes)
  unit.answer("ec2.describe_volumes", function() error "on purpose" end)
  unit.assert_error_contains("on purpose", ec2.describe_volumes)
end

return tests
