local tagpolicy = require "tagpolicy"
local unit = require "unit"

local tests = {}

local POLICY = { Owner = true, Env = { "prod", "dev" }, CostCenter = "%d%d%d%d" }

local function told(have)
  local list = {}
  for at, violation in ipairs(tagpolicy.violations(have, POLICY)) do
    list[at] = violation.finding .. " " .. violation.key
  end
  return list
end

function tests.test_what_is_as_required_violates_nothing()
  unit.assert_equals(told { Owner = "me", Env = "dev", CostCenter = "4711", Other = "x" }, {})
end

function tests.test_violations_are_told_one_by_one_in_order()
  unit.assert_equals(told { Env = "test", CostCenter = "47110" }, {
    "wrong-tag CostCenter",
    "wrong-tag Env",
    "missing-tag Owner",
  })
  unit.assert_equals(told { Owner = "", Env = "dev", CostCenter = "" }, { "empty-tag CostCenter", "empty-tag Owner" })
end

function tests.test_details_say_what_to_do()
  local details = {}
  for at, violation in ipairs(tagpolicy.violations({ owner = "me", Env = "Prod", CostCenter = "1234" }, POLICY)) do
    details[at] = violation.detail
  end
  unit.assert_equals(details, {
    "Its tag Env is Prod: set it to prod, dev.",
    "It has no tag Owner; it has owner, which is another tag: set it to any value.",
  })
end

function tests.test_a_command_lines_words_are_a_policy()
  unit.assert_equals(tagpolicy.parse { "Owner", "Env=prod", "Env=dev", "CostCenter~%d%d%d%d" }, POLICY)
  unit.assert_error_contains("'=x' is no rule", tagpolicy.parse, { "=x" })
  unit.assert_error_contains("requires no tags", tagpolicy.parse, {})
end

function tests.test_a_policy_that_cannot_be_checked_is_an_error()
  unit.assert_error_contains("requires no tags", tagpolicy.violations, {}, {})
  unit.assert_error_contains("the policy of Owner must be", tagpolicy.violations, {}, { Owner = false })
  unit.assert_error_contains("the policy of Owner must be", tagpolicy.violations, {}, { Owner = {} })
end

return tests
