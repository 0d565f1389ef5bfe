---@diagnostic disable: need-check-nil

local unit = require "unit"

local tests = {}

function tests.test_nested_groups_are_named()
  local ran = unit.run("rg-report-members", { group = "backend", type = "AWS::EC2::Instance" })
  unit.assert_equals(ran.code, 0)
  unit.assert_equals(#ran.rows, 5)
  unit.assert_equals({ ran.rows[1].group, ran.rows[1].in_group }, { "backend", "App30-RG" })
  unit.assert_equals(#unit.run("rg-report-members", { group = "backend", recursive = false }).rows, 2)
end

function tests.test_missing_stack_makes_the_report_incomplete()
  local ran = unit.run("rg-report-members", {})
  unit.assert_equals(ran.code, 3)
  unit.assert_str_contains(ran.stderr, "old-reports are incomplete")
end

function tests.test_missing_group_is_an_error()
  unit.assert_str_contains(unit.run("rg-report-members", { group = "missing" }).stderr, "missing")
end

return tests
