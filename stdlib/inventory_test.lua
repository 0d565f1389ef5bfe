---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local inventory = require "inventory"
local unit = require "unit"

local tests = {}

function tests.test_finds_machines_with_an_old_version()
  local old = inventory.applications { name = "openssl", below = "3.2" }
  unit.assert_equals(#old, 1)
  unit.assert_equals(old[1].node, "app10-checkout-4")
  unit.assert_equals(old[1].version, "3.0.8")
  unit.assert_equals(inventory.applications { name = "nothing" }, {})
end

function tests.test_selects_applications_by_prefix()
  for _, row in ipairs(inventory.applications { begins = "lib" }) do
    unit.assert_equals(row.name, "libssl3t64")
  end
end

function tests.test_counts_versions()
  local counts = inventory.versions { name = "openssl" }
  unit.assert_equals(counts[1].version, "3.0.8")
  unit.assert_equals(counts[1].nodes, 1)
  unit.assert_equals(counts[1].examples, { "app10-checkout-4" })
  unit.assert_equals(#counts[2].examples, 3)
end

function tests.test_versions_compare_numerically()
  for _, pair in ipairs {
    { "1.9", "1.10", -1 },
    { "1.0", "1.0", 0 },
    { "1.0rc1", "1.0", -1 },
    { "1.0", "1.0.1", -1 },
    { "3.0.13-0ubuntu3.9", "3.0.13-0ubuntu3.10", -1 },
    { "8.11.1", "8.9", 1 },
  } do
    unit.assert_equals(inventory.compare_versions(pair[1], pair[2]), pair[3], pair[1] .. " " .. pair[2])
    unit.assert_equals(inventory.compare_versions(pair[2], pair[1]), -pair[3], pair[2] .. " " .. pair[1])
  end
end

function tests.test_counts_values_through_aws()
  local counts = {}
  for _, row in ipairs(inventory.count "AWS:InstanceInformation.PlatformType") do counts[row.value] = row.count end
  unit.assert_equals(counts, { Linux = 14, Windows = 1 })
end

function tests.test_returns_custom_types_in_snake_case()
  local rows = inventory.entries "Custom:Ownership"
  unit.assert_equals(#rows, 3)
  unit.assert_equals(rows[1].cost_centre, "4711")
  unit.assert_equals(rows[1].node, "app20-web-1")
end

function tests.test_finds_machines_without_inventory()
  local silent = inventory.missing()
  unit.assert_equals(#silent, 1)
  unit.assert_equals(silent[1].name, "bastion-fra")
end

return tests
