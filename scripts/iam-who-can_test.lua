local unit = require "unit"

local tests = {}

function tests.test_says_which_policies_are_not_evaluated()
  local ran = unit.run("iam-who-can", { action = "ec2:TerminateInstances" })
  unit.assert_equals(ran.code, 0)
  unit.assert_str_contains(ran.stdout, "Policies of organizations and of resources are not evaluated")
  -- Other formats have only rows on standard output.
  local rows = unit.run("iam-who-can", { action = "ec2:TerminateInstances" }, { output = "json" })
  unit.assert_not_str_contains(rows.stdout, "not evaluated")
end

return tests
