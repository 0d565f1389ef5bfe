local accounts = require "accounts"
local unit = require "unit"

local tests = {}

local function who()
  return { { name = "row" } }
end

function tests.test_default_is_the_own_account()
  local rows, complete = accounts.each(nil, who)
  unit.assert_true(complete)
  unit.assert_equals(#rows, 1)
  unit.assert_equals(assert(rows[1]).account, "123456789012")
  unit.assert_equals(#accounts.each({}, who), 1)
end

function tests.test_rows_of_each_account()
  local rows = accounts.each({ "default", "staging" }, who)
  local ids = {}
  for at, row in ipairs(rows) do ids[at] = row.account end
  unit.assert_items_equals(ids, { "123456789012", "210987654321" })
end

function tests.test_failed_account_makes_the_result_incomplete()
  unit.fail("iam.list_users", { code = "AccessDenied" })
  local rows, complete = accounts.each(nil, function() return iam.list_users.all() end)
  unit.assert_equals(#rows, 0)
  unit.assert_false(complete)
end

function tests.test_mistakes_of_the_caller_are_raised()
  unit.assert_error_contains("mine", accounts.each, nil, function() error("mine", 0) end)
  local unknown = function() return iam.list_users { max_itms = 1 } end
  unit.assert_error_contains("max_itms", accounts.each, nil, unknown)
end

return tests
