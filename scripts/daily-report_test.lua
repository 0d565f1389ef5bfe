local unit = require "unit"

local tests = {}

function tests.test_resources_that_could_not_be_listed_are_never_hidden()
  unit.fail("ec2.describe_volumes", { code = "UnauthorizedOperation", times = 20 })
  local ran = unit.run("daily-report", { least = "critical" }, { output = "json" })
  unit.assert_equals(ran.code, 3)
  unit.assert_str_contains(ran.stderr, "Resources of the kind volume could not be listed")
end

return tests
