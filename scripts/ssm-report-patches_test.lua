---@diagnostic disable: need-check-nil

local unit = require "unit"

local tests = {}

function tests.test_each_view_has_rows()
  unit.assert_equals(unit.run("ssm-report-patches", {}).rows[1].severity, "critical")
  local patches = unit.run("ssm-report-patches", { by = "patches", severity = "Critical" }).rows
  unit.assert_equals(#patches, 3)
  local machines = unit.run("ssm-report-patches", { by = "machines", group = "prod-linux" }).rows
  unit.assert_equals(#machines, 3)
  unit.assert_equals(unit.run("ssm-report-patches", { by = "groups" }).rows[1].patch_group, "prod-linux")
end

function tests.test_conflicting_options_are_errors()
  unit.assert_str_contains(unit.run("ssm-report-patches", { group = "prod-linux" }).stderr, "group requires")
  unit.assert_str_contains(unit.run("ssm-report-patches", { severity = "Low" }).stderr, "severity requires")
  unit.assert_true(unit.run("ssm-report-patches", { by = "colour" }).code ~= 0)
end

return tests
