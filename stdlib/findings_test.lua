local findings = require "findings"
local list = require "list"
local unit = require "unit"

local tests = {}

function tests.test_sorts_by_severity_then_name()
  local rows, add = findings.list()
  add({ name = "x" }, "low", "b", "B.")
  add({ name = "z" }, "critical", "a", "A.")
  add({ name = "w", account = "2" }, "low", "a", "A.")
  add({ name = "w", account = "1" }, "low", "a", "A.")
  local order = {}
  for at, row in ipairs(findings.sorted(rows)) do order[at] = row.severity .. row.name .. (row.account or "") end
  unit.assert_equals(order, { "criticalz", "loww1", "loww2", "lowx" })
end

function tests.test_finding_has_fields_and_detail()
  local rows, add = findings.list()
  add({ name = "ada", age = 3 }, "high", "no-mfa", "A sentence.")
  unit.assert_equals(rows[1], { severity = "high", finding = "no-mfa", name = "ada", age = 3, detail = "A sentence." })
end

function tests.test_finding_keeps_all_fields_of_its_row()
  local row = { name = "a", size_gib = 3 }
  unit.assert_equals(findings.new(row, "low", "some-thing", "It is so."), {
    name = "a",
    size_gib = 3,
    severity = "low",
    finding = "some-thing",
    detail = "It is so.",
  })
  unit.assert_nil(row.severity)
end

function tests.test_further_fields_order_equal_names()
  local found, add = findings.list()
  add({ name = "b", volume_id = "2" }, "high", "x", "X.")
  add({ name = "b", volume_id = "1" }, "high", "x", "X.")
  add({ name = "z", volume_id = "0", region = "a" }, "high", "x", "X.")
  local sorted = findings.sorted(found, "volume_id")
  unit.assert_equals(list.pluck(sorted, "volume_id"), { "0", "1", "2" })
end

function tests.test_unknown_severity_is_an_error()
  unit.assert_equals(findings.graver("low", "high"), "high")
  unit.assert_error_contains("unknown severity 'grave'; use one of critical", findings.new, {}, "grave", "x", "X.")
  unit.assert_error_contains("unknown severity 'nil'", findings.sorted, { { name = "a" } })
end

return tests
