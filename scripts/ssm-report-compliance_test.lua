---@diagnostic disable: need-check-nil

local unit = require "unit"

local tests = {}

function tests.test_sorts_the_worst_first()
  local found = unit.run("ssm-report-compliance", {}).rows
  unit.assert_equals({ found[1].severity, found[1].name }, { "critical", "app10-checkout-4" })
end

function tests.test_type_and_summary_options()
  local found = unit.run("ssm-report-compliance", { type = "Custom:Backup" }).rows
  unit.assert_equals(#found, 1)
  local summary = unit.run("ssm-report-compliance", { type = "Custom:Backup", summary = true }).rows
  unit.assert_equals({ #summary, summary[1].compliant, summary[1].non_compliant }, { 1, 1, 1 })
end

return tests
