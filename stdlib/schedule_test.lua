local schedule = require "schedule"
local unit = require "unit"

local tests = {}

-- 2026-06-08 is a Monday, and Berlin two hours ahead of UTC.
local function on(text, moment, zone)
  return schedule.is_on(text, time.parse(moment), { zone = zone })
end

function tests.test_days_and_times_are_those_of_the_zones_clocks()
  local text = "mon-fri 08:00-18:00 Europe/Berlin"
  unit.assert_false(on(text, "2026-06-08T05:59:00Z"))
  unit.assert_true(on(text, "2026-06-08T06:00:00Z"))
  unit.assert_true(on(text, "2026-06-08T15:59:59Z"))
  unit.assert_false(on(text, "2026-06-08T16:00:00Z"))
  unit.assert_false(on(text, "2026-06-07T10:00:00Z"))
  -- In winter one hour.
  unit.assert_false(on(text, "2026-01-12T06:30:00Z"))
  unit.assert_true(on(text, "2026-01-12T07:00:00Z"))
end

function tests.test_the_default_zone_is_of_schedules_that_name_none()
  unit.assert_true(on("mon 08:00-09:00", "2026-06-08T08:30:00Z"))
  unit.assert_false(on("mon 08:00-09:00", "2026-06-08T08:30:00Z", "Europe/Berlin"))
  unit.assert_true(on("mon 08:00-09:00 UTC", "2026-06-08T08:30:00Z", "Europe/Berlin"))
end

function tests.test_names_stand_for_schedules_and_take_a_zone()
  unit.assert_true(on("office-hours", "2026-06-08T17:59:00Z"))
  unit.assert_false(on("office-hours Europe/Berlin", "2026-06-08T17:59:00Z"))
  unit.assert_true(on("Always", "2026-06-07T03:00:00Z"))
  unit.assert_false(on("never", "2026-06-08T12:00:00Z"))
  unit.assert_true(on("weekends", "2026-06-07T12:00:00Z"))
  unit.assert_true(on("weekdays 08:00-18:00", "2026-06-08T12:00:00Z"))
end

function tests.test_a_night_belongs_to_the_day_that_it_begins_on()
  local text = "fri 22:00-06:00"
  unit.assert_true(on(text, "2026-06-12T23:00:00Z"))
  unit.assert_true(on(text, "2026-06-13T05:59:00Z"))
  unit.assert_false(on(text, "2026-06-13T06:00:00Z"))
  unit.assert_false(on(text, "2026-06-12T05:00:00Z"))
  -- Also from the last day of the week to the first.
  unit.assert_true(on("sun 22:00-06:00", "2026-06-08T05:00:00Z"))
end

function tests.test_several_windows_are_read_in_every_way_that_tags_allow()
  for _, text in ipairs { "mon,wed 08:00-12:00,13:00-18:00", "mon+wed 08:00-12:00+13:00-18:00" } do
    unit.assert_true(on(text, "2026-06-08T09:00:00Z"))
    unit.assert_false(on(text, "2026-06-08T12:30:00Z"))
    unit.assert_true(on(text, "2026-06-10T13:00:00Z"))
    unit.assert_false(on(text, "2026-06-09T09:00:00Z"))
  end
  for _, joint in ipairs { "; ", " and " } do
    local text = "mon-fri 8:00-18:00" .. joint .. "sat 10:00-14:00 Europe/Berlin"
    unit.assert_true(on(text, "2026-06-08T06:30:00Z"))
    unit.assert_true(on(text, "2026-06-13T08:00:00Z"))
    unit.assert_false(on(text, "2026-06-13T12:00:00Z"))
  end
  unit.assert_true(on("08:00-18:00", "2026-06-07T09:00:00Z"))
  unit.assert_true(on("fri-mon 08:00-18:00", "2026-06-07T09:00:00Z"))
end

function tests.test_what_cannot_be_read_says_why()
  unit.assert_error_contains("'mon 8-18' is no schedule: '8-18' is no time of a day", schedule.parse, "mon 8-18")
  unit.assert_error_contains("'foo' are no days", schedule.parse, "foo 08:00-18:00")
  unit.assert_error_contains("no time zone 'Europe/Berln'", schedule.parse, "mon-fri 08:00-18:00 Europe/Berln")
  unit.assert_error_contains("it is empty", schedule.parse, " ")
  unit.assert_error_contains("has no length", schedule.parse, "mon 08:00-08:00")
  unit.assert_error_contains("no time of a day", schedule.parse, "mon 08:00-25:00")
  unit.assert_error_contains("it has no times", schedule.parse, "Europe/Berlin")
end

function tests.test_the_next_and_the_last_change_are_moments()
  local text, at = "mon-fri 08:00-18:00 Europe/Berlin", time.parse "2026-06-08T10:00:30Z"
  unit.assert_equals(tostring(schedule.next_change(text, at)), "2026-06-08T16:00:00Z")
  unit.assert_equals(tostring(schedule.last_change(text, at)), "2026-06-08T06:00:00Z")
  -- At an edge, that is the last change.
  local edge = time.parse "2026-06-08T16:00:00Z"
  unit.assert_equals(tostring(schedule.last_change(text, edge)), "2026-06-08T16:00:00Z")
  unit.assert_equals(tostring(schedule.next_change(text, edge)), "2026-06-09T06:00:00Z")
  -- Over a weekend in which the clocks are put back.
  unit.assert_equals(tostring(schedule.next_change(text, time.parse "2026-10-23T18:00:00Z")), "2026-10-26T07:00:00Z")
  unit.assert_nil(schedule.next_change("always", at))
  unit.assert_nil(schedule.last_change("never", at))
end

function tests.test_windows_that_touch_are_one()
  local text, at = "mon 08:00-12:00,12:00-18:00", time.parse "2026-06-08T09:00:00Z"
  unit.assert_equals(tostring(schedule.next_change(text, at)), "2026-06-08T18:00:00Z")
end

return tests
