local list = require "list"
local rows = require "rows"
local unit = require "unit"

local tests = {}

local function names(found)
  return table.concat(list.pluck(found, "name"), " ")
end

function tests.test_sorts_in_place_with_nil_last()
  local found = { { name = "b", size = 10 }, { name = "a" }, { name = "c", size = 9 }, { name = "a", size = 10 } }
  rows.sorted(found, "size", "name")
  unit.assert_equals(names(found), "c a b a")
end

function tests.test_ages_are_whole_seconds_and_days()
  local age = rows.age(time.now() - time.days(3) - 0.5)
  unit.assert_equals(math.type(age), "integer")
  unit.assert_equals(rows.days(age), 3)
  unit.assert_nil(rows.age(nil))
  unit.assert_equals(rows.with_days({ { age = 90000 }, {} }), { { age = 90000, days = 1 }, {} })
end

function tests.test_row_without_age_is_not_of_age()
  unit.assert_true(rows.is_of_age(10, 10, 10))
  unit.assert_false(rows.is_of_age(10, 11))
  unit.assert_false(rows.is_of_age(10, nil, 9))
  unit.assert_true(rows.is_of_age(nil))
  unit.assert_false(rows.is_of_age(nil, 0))
end

function tests.test_missing_name_tag_is_an_empty_name()
  unit.assert_equals(rows.name { Name = "web" }, "web")
  unit.assert_equals(rows.name { Owner = "me" }, "")
  unit.assert_equals(rows.name(nil), "")
end

function tests.test_empty_lists_of_the_library_are_lists_in_json()
  -- A region without resources.
  ec2.enable_ebs_encryption_by_default()
  local calls = {
    ["findings"] = function() return rows.sorted({}, "name") end,
    ["coverage"] = require("reserved").coverage,
    ["versions"] = require("inventory").versions,
    ["missing"] = require("inventory").missing,
    ["stop"] = require("switch").stop,
    ["old snapshots"] = require("snapshots").old,
    ["public instances"] = require("network").public_instances,
    ["nodes"] = require("nodes").findings,
    ["parameters"] = require("params").audit,
  }
  for name, call in pairs(calls) do
    local answer
    sweep.regions({ "ap-south-1" }, function()
      answer = json.encode(call())
      return {}
    end)
    unit.assert_equals(answer, "[]", name)
  end
  unit.assert_equals(json.encode(require("volumes").encryption_off()), "[]")
end

return tests
