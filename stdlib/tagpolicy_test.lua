local tagpolicy = require "tagpolicy"
local unit = require "unit"

local tests = {}

local POLICY = { Owner = true, Env = { "prod", "dev" }, CostCenter = "%d%d%d%d" }

local function violations_of(have)
  local list = {}
  for at, violation in ipairs(tagpolicy.violations(have, POLICY)) do
    list[at] = violation.finding .. " " .. violation.key
  end
  return list
end

function tests.test_compliant_tags_have_no_violation()
  unit.assert_equals(violations_of { Owner = "me", Env = "dev", CostCenter = "4711", Other = "x" }, {})
end

function tests.test_violations_are_sorted_by_key()
  unit.assert_equals(violations_of { Env = "test", CostCenter = "47110" }, {
    "wrong-tag CostCenter",
    "wrong-tag Env",
    "missing-tag Owner",
  })
  local empty = { Owner = "", Env = "dev", CostCenter = "" }
  unit.assert_equals(violations_of(empty), { "empty-tag CostCenter", "empty-tag Owner" })
end

function tests.test_details_have_a_next_step()
  local details = {}
  for at, violation in ipairs(tagpolicy.violations({ owner = "me", Env = "Prod", CostCenter = "1234" }, POLICY)) do
    details[at] = violation.detail
  end
  unit.assert_equals(details, {
    "Tag Env is Prod; set it to one of prod, dev.",
    "Tag Owner is missing (owner is a different tag); set a value.",
  })
end

function tests.test_parses_a_policy()
  unit.assert_equals(tagpolicy.parse { "Owner", "Env=prod", "Env=dev", "CostCenter~%d%d%d%d" }, POLICY)
  unit.assert_error_contains("'=x' is not a rule", tagpolicy.parse, { "=x" })
  unit.assert_error_contains("requires no tags", tagpolicy.parse, {})
end

function tests.test_invalid_policy_is_an_error()
  unit.assert_error_contains("requires no tags", tagpolicy.violations, {}, {})
  unit.assert_error_contains("the rule for Owner must be", tagpolicy.violations, {}, { Owner = false })
  unit.assert_error_contains("the rule for Owner must be", tagpolicy.violations, {}, { Owner = {} })
end

return tests
