---@diagnostic disable: need-check-nil

local unit = require "unit"

local tests = {}

function tests.test_groups_in_a_group_are_said()
  local ran = unit.run("rg-report-members", { group = "backend", type = "AWS::EC2::Instance" })
  unit.assert_equals(ran.code, 0)
  unit.assert_equals(#ran.rows, 5)
  unit.assert_equals({ ran.rows[1].group, ran.rows[1].in_group }, { "backend", "App30-RG" })
  unit.assert_equals(#unit.run("rg-report-members", { group = "backend", recursive = false }).rows, 2)
end

function tests.test_a_group_that_lacks_its_stack_makes_the_report_incomplete()
  local ran = unit.run("rg-report-members", {})
  unit.assert_equals(ran.code, 3)
  unit.assert_str_contains(ran.stderr, "old-reports is not complete")
end

function tests.test_a_group_that_is_not_there()
  unit.assert_str_contains(unit.run("rg-report-members", { group = "nobody" }).stderr, "nobody")
end

return tests
