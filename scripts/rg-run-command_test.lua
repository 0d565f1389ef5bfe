local unit = require "unit"

local tests = {}

function tests.test_runs_on_instances_of_nested_groups()
  local ran = unit.run("rg-run-command", { group = "backend", command = "hostname" })
  unit.assert_equals(ran.code, 0)
  unit.assert_str_contains(ran.stdout, "5 machines: 5 ok")
end

function tests.test_group_without_instances_is_an_error()
  local ran = unit.run("rg-run-command", { group = "old-reports", command = "hostname" })
  unit.assert_equals(ran.code, 1)
  unit.assert_str_contains(ran.stderr, "has no instances")
end

return tests
