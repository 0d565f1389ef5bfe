local list = require "list"
local rows = require "rows"
local unit = require "unit"

local tests = {}

local function names(found)
  return table.concat(list.pluck(found, "name"), " ")
end

function tests.test_rows_are_sorted_in_their_place_and_what_lacks_a_field_is_last()
  local found = { { name = "b", size = 10 }, { name = "a" }, { name = "c", size = 9 }, { name = "a", size = 10 } }
  rows.sorted(found, "size", "name")
  unit.assert_equals(names(found), "c a b a")
end

function tests.test_findings_are_read_from_the_worst()
  local function finding(severity, name, id) return { severity = severity, name = name, volume_id = id } end
  local found = {
    finding("low", "d"),
    finding("info", "a"),
    finding("high", "b", "2"),
    finding("high", "b", "1"),
    finding("critical", "z"),
  }
  local sorted = rows.worst_first(found, "volume_id")
  unit.assert_equals(names(sorted), "z b b d a")
  unit.assert_equals(list.pluck(sorted, "volume_id"), { "1", "2" })
  unit.assert_equals(rows.graver("low", "high"), "high")
end

function tests.test_ages_are_whole_seconds_and_days()
  local age = rows.age(time.now() - time.days(3) - 0.5)
  unit.assert_equals(math.type(age), "integer")
  unit.assert_equals(rows.days(age), 3)
  unit.assert_nil(rows.age(nil))
  unit.assert_equals(rows.with_days({ { age = 90000 }, {} }), { { age = 90000, days = 1 }, {} })
end

function tests.test_what_has_no_age_is_of_none()
  unit.assert_true(rows.is_of_age(10, 10, 10))
  unit.assert_false(rows.is_of_age(10, 11))
  unit.assert_false(rows.is_of_age(10, nil, 9))
  unit.assert_true(rows.is_of_age(nil))
  unit.assert_false(rows.is_of_age(nil, 0))
end

function tests.test_a_finding_tells_all_that_its_row_does()
  local row = { name = "a", size_gib = 3 }
  unit.assert_equals(rows.finding(row, "low", "some-thing", "It is so."), {
    name = "a",
    size_gib = 3,
    severity = "low",
    finding = "some-thing",
    detail = "It is so.",
  })
  unit.assert_nil(row.severity)
end

function tests.test_what_has_no_name_tag_has_an_empty_name()
  unit.assert_equals(rows.name { Name = "web" }, "web")
  unit.assert_equals(rows.name { Owner = "me" }, "")
  unit.assert_equals(rows.name(nil), "")
end

return tests
