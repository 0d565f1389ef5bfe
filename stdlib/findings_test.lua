local findings = require "findings"
local unit = require "unit"

local tests = {}

function tests.test_the_worst_come_first_and_names_in_their_order()
  local rows, add = findings.list()
  add("low", "b", { name = "x" }, "B.")
  add("critical", "a", { name = "z" }, "A.")
  add("low", "a", { name = "w", account = "2" }, "A.")
  add("low", "a", { name = "w", account = "1" }, "A.")
  local order = {}
  for at, row in ipairs(findings.sorted(rows)) do order[at] = row.severity .. row.name .. (row.account or "") end
  unit.assert_equals(order, { "criticalz", "loww1", "loww2", "lowx" })
end

function tests.test_a_row_has_its_facts_beside_its_sentence()
  local rows, add = findings.list()
  add("high", "no-mfa", { name = "ada", age = 3 }, "A sentence.")
  unit.assert_equals(rows[1], { severity = "high", finding = "no-mfa", name = "ada", age = 3, detail = "A sentence." })
end

return tests
