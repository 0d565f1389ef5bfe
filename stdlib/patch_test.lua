---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local patch = require "patch"
local unit = require "unit"

local tests = {}

local function kinds()
  local found = {}
  for _, finding in ipairs(patch.findings()) do found[finding.finding .. " " .. finding.name] = finding.severity end
  return found
end

function tests.test_states_of_all_machines_and_of_a_group()
  local states = patch.states { group = "prod-linux" }
  unit.assert_equals(#states, 3)
  unit.assert_equals(states[3].name, "app10-checkout-4")
  unit.assert_equals({ states[3].missing, states[3].failed }, { 1, 1 })
  unit.assert_true(#patch.states() > 10)
end

function tests.test_missing_patches_are_sorted_by_severity()
  local missing = patch.missing()
  unit.assert_equals(missing[1].severity, "Critical")
  unit.assert_equals(missing[#missing].severity, "Medium")
  local important = patch.missing { severity = "Important", group = "prod-linux" }
  unit.assert_equals(#important, 2)
  unit.assert_equals(important[1].state, "INSTALLED_PENDING_REBOOT")
end

function tests.test_lists_patch_groups_and_baselines()
  local group = patch.groups()[1]
  unit.assert_equals({ group.patch_group, group.instances, group.failed }, { "prod-linux", 3, 1 })
  local own = patch.baselines { owner = "Self" }
  unit.assert_equals(#own, 1)
  unit.assert_equals(own[1].baseline_id, group.baseline_id)
end

function tests.test_findings_have_a_next_step()
  local found = kinds()
  unit.assert_equals(found["failed-patch app10-checkout-4"], "high")
  unit.assert_equals(found["missing-patch app30-worker-2"], "critical")
  unit.assert_equals(found["pending-reboot app10-checkout-2"], "medium")
  unit.assert_equals(found["old-patch-scan app40-search-2"], "medium")
  unit.assert_equals(found["never-scanned app30-worker-3"], "medium")
end

function tests.test_installation_resolves_missing_patches()
  local id = patch.missing({ severity = "Critical" })[1].instance_id
  fleet.run(id, { document = "AWS-RunPatchBaseline", parameters = { Operation = "Install" } })
  for _, one in ipairs(patch.missing()) do unit.assert_true(one.instance_id ~= id) end
end

return tests
