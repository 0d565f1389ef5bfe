---@diagnostic disable: need-check-nil, param-type-mismatch
-- A nil where a test expects a row fails the test, as intended.

local associations = require "associations"
local unit = require "unit"

local tests = {}

function tests.test_lists_associations_with_counts()
  local all = associations.list()
  unit.assert_equals(#all, 3)
  unit.assert_equals(all[3].name, "update-agent")
  unit.assert_equals({ all[3].status, all[3].failed, all[3].targets }, { "Failed", 2, "InstanceIds=*" })
  unit.assert_equals(#associations.list { status = "Success" }, 1)
  unit.assert_equals(associations.list({ name = "patch-scan" })[1].document, "AWS-RunPatchBaseline")
end

function tests.test_returns_results_of_the_latest_run()
  local association = associations.list({ name = "update-agent" })[1]
  local failed = associations.results(association, { status = "Failed" })
  unit.assert_equals(failed[1].name, "app10-checkout-3")
  unit.assert_equals(failed[2].name, "app10-checkout-4")
  unit.assert_equals(#associations.results(association.association_id), 15)
end

function tests.test_failed_association_is_a_finding()
  local found = associations.findings()
  unit.assert_equals(#found, 3)
  unit.assert_equals(found[1].finding, "failed-association")
end

function tests.test_run_creates_a_new_execution()
  local association = associations.list({ name = "update-agent" })[1]
  associations.run { association.association_id }
  unit.advance "1m"
  local again = associations.list({ name = "update-agent" })[1]
  unit.assert_true(again.age < association.age)
  unit.assert_error_contains("the list of ids is empty", associations.run, {})
end

return tests
