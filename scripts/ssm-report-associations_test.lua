---@diagnostic disable: need-check-nil

local unit = require "unit"

local tests = {}

function tests.test_reports_associations_and_failures()
  local all = unit.run("ssm-report-associations", {}).rows
  unit.assert_equals({ #all, all[1].name, all[1].failed }, { 3, "gather-inventory", 1 })
  local failed = unit.run("ssm-report-associations", { failed = true, regions = { "eu-west-1" } }).rows
  unit.assert_equals({ failed[1].name, failed[1].status }, { "app10-checkout-6", "Failed" })
  unit.assert_equals(failed[2].status, "Pending")
end

return tests
