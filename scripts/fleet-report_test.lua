local unit = require "unit"

local tests = {}

function tests.test_makes_nothing_but_the_command()
  local before = #rg.list_groups.all()
  local ran = unit.run("fleet-report", { tag = "App=App20" })
  unit.assert_equals(ran.code, 0)
  unit.assert_true(#ran.rows > 0)
  unit.assert_equals(#rg.list_groups.all(), before)
end

return tests
