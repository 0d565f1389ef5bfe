---@diagnostic disable: need-check-nil

local unit = require "unit"

local tests = {}

function tests.test_finds_each_kind()
  local kinds = {}
  local ran = unit.run("ssm-find-offline-nodes", { regions = { "eu-central-1", "eu-west-1" } })
  for _, row in ipairs(ran.rows) do kinds[row.name] = row.finding end
  unit.assert_equals(kinds["app30-worker-4"], "offline-node")
  unit.assert_equals(kinds["ci-runner-1"], "unmanaged-instance")
  unit.assert_equals(kinds["app10-checkout-6"], "old-agent")
end

function tests.test_healthy_fleet_has_no_findings()
  local ran = unit.run("ssm-find-offline-nodes", { tags = { "App=App20" } })
  unit.assert_equals({ ran.code, #ran.rows }, { 0, 0 })
end

return tests
