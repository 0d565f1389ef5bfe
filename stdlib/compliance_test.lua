---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local compliance = require "compliance"
local unit = require "unit"

local tests = {}

function tests.test_summary_counts_machines()
  local by_type = {}
  for _, row in ipairs(compliance.summary()) do by_type[row.compliance_type] = row end
  unit.assert_equals(by_type["Custom:Backup"].compliant, 1)
  unit.assert_equals(by_type["Custom:Backup"].non_compliant, 1)
  unit.assert_equals(by_type.Association.non_compliant, 2)
  unit.assert_not_nil(by_type.Patch)
end

function tests.test_selects_machines_by_type_and_status()
  local bad = compliance.nodes { type = "Patch", status = "NON_COMPLIANT" }
  local names = {}
  for at, row in ipairs(bad) do names[at] = row.name end
  unit.assert_equals(names, { "app10-checkout-2", "app10-checkout-4", "app30-worker-2", "app50-report-1" })
  unit.assert_error_contains("must be one of", compliance.nodes, { status = "BAD" })
end

function tests.test_non_compliant_machine_is_a_finding_with_a_reason()
  local found = compliance.findings { type = "Custom:Backup" }
  unit.assert_equals(#found, 1)
  unit.assert_equals(found[1].name, "app10-checkout-2")
  unit.assert_equals(found[1].severity, "high")
  unit.assert_str_contains(found[1].detail, "12 days old")
end

function tests.test_custom_rule_counts_immediately()
  local id = compliance.nodes({ type = "Custom:Backup", status = "COMPLIANT" })[1].instance_id
  ssm.put_compliance_items {
    resource_id = id,
    resource_type = "ManagedInstance",
    compliance_type = "Custom:Backup",
    execution_summary = { execution_time = time.now() },
    items = { { id = "nightly-backup", title = "A backup", severity = "CRITICAL", status = "NON_COMPLIANT" } },
  }
  unit.assert_equals(compliance.findings({ type = "Custom:Backup" })[1].severity, "critical")
end

return tests
