---@diagnostic disable: need-check-nil

local unit = require "unit"

local tests = {}

function tests.test_reports_counts_owners_and_missing_inventory()
  local counts = unit.run("ssm-report-inventory", {}).rows
  unit.assert_equals(counts[#counts].name, "python3")
  local old = unit.run("ssm-report-inventory", { application = "openssl", below = "3.2", regions = { "all" } }).rows
  unit.assert_equals({ #old, old[1].node, old[2].node }, { 2, "app10-checkout-4", "app20-web-7" })
  local silent = unit.run("ssm-report-inventory", { missing = true, regions = { "eu-central-1", "eu-west-1" } }).rows
  unit.assert_equals({ #silent, silent[1].name, silent[2].name }, { 2, "app10-checkout-6", "bastion-fra" })
end

return tests
