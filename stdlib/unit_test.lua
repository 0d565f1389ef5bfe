local unit = require "unit"

local tests = {}

-- What an assertion says where it does not hold.
local function says(part, assertion, ...)
  local ok, e = pcall(assertion, ...)
  assert(not ok, "it holds")
  assert(tostring(e):find(part, 1, true), tostring(e))
end

function tests.test_what_is_equal_is_so_all_the_way_down()
  unit.assert_equals({ a = { 1, 2 } }, { a = { 1, 2 } })
  unit.assert_equals(2, 2.0)
  says("expected", unit.assert_equals, { a = { 1, 2 } }, { a = { 1, 3 } })
  says("expected", unit.assert_equals, { 1 }, { 1, 2 })
  unit.assert_not_equals({ 1 }, { 2 })
  says("", unit.assert_not_equals, { 1 }, { 1 })
end

function tests.test_items_may_stand_in_any_order()
  unit.assert_items_equals({ 1, 2, 2 }, { 2, 1, 2 })
  says("", unit.assert_items_equals, { 1, 1, 2 }, { 1, 2, 2 })
end

function tests.test_truth_is_true_and_nothing_else()
  unit.assert_true(true)
  unit.assert_false(false)
  unit.assert_nil(nil)
  unit.assert_not_nil(false)
  says("", unit.assert_true, 1)
  says("", unit.assert_false, nil)
  says("", unit.assert_nil, false)
  says("", unit.assert_not_nil, nil)
end

function tests.test_texts_and_errors_are_looked_into()
  unit.assert_str_contains("a.b", ".")
  says("", unit.assert_str_contains, "ab", ".")
  unit.assert_error_contains("no such", error, "no such thing")
  says("", unit.assert_error_contains, "no such", error, "another")
  says("", unit.assert_error_contains, "no such", function() end)
end

function tests.test_numbers_may_be_near_enough()
  unit.assert_almost_equals(1.0, 1.05, 0.1)
  says("margin", unit.assert_almost_equals, 1.0, 1.2, 0.1)
end

return tests
