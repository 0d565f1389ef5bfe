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

function tests.test_a_response_replaces_an_operation()
  unit.respond("ec2.describe_volumes", function(input) return { { volume_id = input.volume_ids[1] } } end)
  local input = { volume_ids = { "vol-1" } }
  unit.assert_equals(ec2.describe_volumes.all(input), { { volume_id = "vol-1" } })
  unit.assert_equals(ec2.describe_volumes(input), { { volume_id = "vol-1" } })
  for volume in ec2.describe_volumes.items(input) do unit.assert_equals(volume.volume_id, "vol-1") end
  for page in ec2.describe_volumes.pages(input) do unit.assert_equals(#page, 1) end
  unit.assert_true(#ec2.describe_instances.all() > 0)
  unit.assert_error_contains("expected SERVICE.OPERATION", unit.respond, "describe_volumes", function() end)
end

return tests
