local schedule = require "schedule"
local unit = require "unit"

local tests = {}

-- 2026-06-08 is a Monday, and Berlin is two hours ahead of UTC.
local function on(text, moment, zone)
  return schedule.is_on(text, time.parse(moment), { zone = zone })
end

function tests.test_evaluates_in_local_time()
  local text = "mon-fri 08:00-18:00 Europe/Berlin"
  unit.assert_false(on(text, "2026-06-08T05:59:00Z"))
  unit.assert_true(on(text, "2026-06-08T06:00:00Z"))
  unit.assert_true(on(text, "2026-06-08T15:59:59Z"))
  unit.assert_false(on(text, "2026-06-08T16:00:00Z"))
  unit.assert_false(on(text, "2026-06-07T10:00:00Z"))
  -- In winter, Berlin is one hour ahead.
  unit.assert_false(on(text, "2026-01-12T06:30:00Z"))
  unit.assert_true(on(text, "2026-01-12T07:00:00Z"))
end

function tests.test_default_zone_applies_without_a_zone()
  unit.assert_true(on("mon 08:00-09:00", "2026-06-08T08:30:00Z"))
  unit.assert_false(on("mon 08:00-09:00", "2026-06-08T08:30:00Z", "Europe/Berlin"))
  unit.assert_true(on("mon 08:00-09:00 UTC", "2026-06-08T08:30:00Z", "Europe/Berlin"))
end

function tests.test_named_schedules_accept_a_zone()
  unit.assert_true(on("office-hours", "2026-06-08T17:59:00Z"))
  unit.assert_false(on("office-hours Europe/Berlin", "2026-06-08T17:59:00Z"))
  unit.assert_true(on("Always", "2026-06-07T03:00:00Z"))
  unit.assert_false(on("never", "2026-06-08T12:00:00Z"))
  unit.assert_true(on("weekends", "2026-06-07T12:00:00Z"))
  unit.assert_true(on("weekdays 08:00-18:00", "2026-06-08T12:00:00Z"))
end

function tests.test_overnight_window_belongs_to_its_first_day()
  local text = "fri 22:00-06:00"
  unit.assert_true(on(text, "2026-06-12T23:00:00Z"))
  unit.assert_true(on(text, "2026-06-13T05:59:00Z"))
  unit.assert_false(on(text, "2026-06-13T06:00:00Z"))
  unit.assert_false(on(text, "2026-06-12T05:00:00Z"))
  -- Also from the last day of the week to the first.
  unit.assert_true(on("sun 22:00-06:00", "2026-06-08T05:00:00Z"))
end

function tests.test_parses_several_windows()
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

function tests.test_invalid_schedule_has_a_reason()
  unit.assert_error_contains("'mon 8-18' is not a schedule: '8-18' is not a time range", schedule.parse, "mon 8-18")
  unit.assert_error_contains("'foo' is not a list of days", schedule.parse, "foo 08:00-18:00")
  unit.assert_error_contains("'Europe/Berln' is not a time zone", schedule.parse, "mon-fri 08:00-18:00 Europe/Berln")
  unit.assert_error_contains("it is empty", schedule.parse, " ")
  unit.assert_error_contains("is an empty time range", schedule.parse, "mon 08:00-08:00")
  unit.assert_error_contains("is not a time range", schedule.parse, "mon 08:00-25:00")
  unit.assert_error_contains("it has no time range", schedule.parse, "Europe/Berlin")
end

function tests.test_returns_next_and_last_change()
  local text, at = "mon-fri 08:00-18:00 Europe/Berlin", time.parse "2026-06-08T10:00:30Z"
  unit.assert_equals(tostring(schedule.next_change(text, at)), "2026-06-08T16:00:00Z")
  unit.assert_equals(tostring(schedule.last_change(text, at)), "2026-06-08T06:00:00Z")
  -- At an edge, the edge itself is the last change.
  local edge = time.parse "2026-06-08T16:00:00Z"
  unit.assert_equals(tostring(schedule.last_change(text, edge)), "2026-06-08T16:00:00Z")
  unit.assert_equals(tostring(schedule.next_change(text, edge)), "2026-06-09T06:00:00Z")
  -- Over a weekend on which the clocks are set back.
  unit.assert_equals(tostring(schedule.next_change(text, time.parse "2026-10-23T18:00:00Z")), "2026-10-26T07:00:00Z")
  unit.assert_nil(schedule.next_change("always", at))
  unit.assert_nil(schedule.last_change("never", at))
end

function tests.test_adjacent_windows_are_one()
  local text, at = "mon 08:00-12:00,12:00-18:00", time.parse "2026-06-08T09:00:00Z"
  unit.assert_equals(tostring(schedule.next_change(text, at)), "2026-06-08T18:00:00Z")
end

return tests
