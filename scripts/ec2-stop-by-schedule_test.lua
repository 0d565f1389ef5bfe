local unit = require "unit"

local tests = {}

-- A tag that only these tests use.
local function tag(name, schedule)
  for _, instance in ipairs(fleet.instances { name = name }) do
    ec2.create_tags { resources = { instance.instance_id }, tags = { Hours = schedule } }
  end
end

---@return any
local function only(ran)
  unit.assert_equals(#ran.rows, 1)
  return ran.rows[1]
end

function tests.test_stops_in_the_evening_and_starts_in_the_morning()
  tag("app20-web-1", "mon-fri 08:00-18:00")
  local evening = { tag = "Hours", zone = "Europe/Berlin", now = "2026-06-08T16:00:00Z" }
  local stopped = unit.run("ec2-stop-by-schedule", evening)
  unit.assert_equals(stopped.code, 0)
  unit.assert_equals(only(stopped).status, "stopped")
  unit.advance "10m"
  local morning = { tag = "Hours", zone = "Europe/Berlin", now = "2026-06-09T06:00:00Z" }
  local started = unit.run("ec2-start-by-schedule", morning)
  unit.assert_equals(only(started).status, "started")
  unit.assert_equals(only(started).name, "app20-web-1")
end

function tests.test_plan_stops_nothing()
  tag("app20-web-1", "never")
  local ran = unit.run("ec2-stop-by-schedule", { tag = "Hours" }, { plan = true })
  unit.assert_equals(only(ran).status, "planned")
  unit.assert_equals(#fleet.instances { name = "app20-web-1", state = "running" }, 1)
end

function tests.test_invalid_schedule_makes_the_run_incomplete()
  tag("app20-web-1", "sometimes")
  local ran = unit.run("ec2-stop-by-schedule", { tag = "Hours" })
  unit.assert_equals(ran.code, 3)
  unit.assert_str_contains(only(ran).detail, "'sometimes' is not a schedule")
end

function tests.test_unstoppable_instance_is_reported()
  tag("app20-web-?", "never")
  unit.fail("ec2.stop_instances", { code = "UnsupportedOperation", message = "not this one", times = 99 })
  local ran = unit.run("ec2-stop-by-schedule", { tag = "Hours" })
  unit.assert_equals(ran.code, 3)
  unit.assert_equals(#ran.rows, 3)
  for _, row in ipairs(ran.rows) do
    unit.assert_equals(row.status, "failed")
    unit.assert_equals(row.detail, "not this one")
  end
end

return tests
