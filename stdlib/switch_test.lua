local switch = require "switch"
local unit = require "unit"

local tests = {}

local SATURDAY, MONDAY = time.parse "2026-06-06T12:00:00Z", time.parse "2026-06-08T12:00:00Z"

local function tag(name, assigned)
  for _, instance in ipairs(fleet.instances { name = name }) do
    ec2.create_tags { resources = { instance.instance_id }, tags = assigned }
    return instance.instance_id
  end
end

local function state_of(id)
  for _, instance in ipairs(fleet.instances { ids = { id } }) do return instance.state end
end

---@return any
local function only(list)
  unit.assert_equals(#list, 1)
  return list[1]
end

-- A tag that only this test uses.
local function options(more)
  local given = { tag = "Hours" }
  for name, value in pairs(more) do given[name] = value end
  return given
end

function tests.test_more_than_200_spot_instances_are_asked_in_parts()
  local instances, asked = {}, 0
  for number = 1, 450 do
    instances[number] = {
      instance_id = "i-" .. number,
      instance_lifecycle = "spot",
      state = { name = "running" },
      tags = { Hours = "office-hours" },
      security_groups = {},
      network_interfaces = {},
    }
  end
  unit.answer("ec2.describe_instances", { reservations = { { instances = instances } } })
  unit.answer("ec2.describe_spot_instance_requests", function(input)
    -- EC2 accepts 200 values in a filter.
    local ids = input.filters[1].values
    unit.assert_true(#ids <= 200)
    asked = asked + #ids
    return { spot_instance_requests = { { instance_id = "i-450", type = "one-time" } } }
  end)
  unit.answer("ec2.stop_instances", function(input)
    local stopping = {}
    for at, id in ipairs(input.instance_ids) do
      stopping[at] = { instance_id = id, current_state = { name = "stopping" } }
    end
    return { stopping_instances = stopping }
  end)
  local skipped = 0
  for _, row in ipairs(switch.stop(options { now = SATURDAY })) do
    if row.status == "skipped" then skipped = skipped + 1 end
  end
  unit.assert_equals({ asked, skipped }, { 450, 1 })
end

function tests.test_stops_only_instances_whose_schedule_is_off()
  local off = tag("app20-web-1", { Hours = "office-hours" })
  local on = tag("app20-web-2", { Hours = "always" })
  local found = switch.stop(options { now = SATURDAY })
  local row = only(found)
  unit.assert_equals(row.instance_id, off)
  unit.assert_equals(row.status, "stopped")
  unit.assert_equals(tostring(row.next_change), "2026-06-08T08:00:00Z")
  unit.assert_true(state_of(off) ~= "running")
  unit.assert_equals(state_of(on), "running")
  unit.assert_equals(#switch.stop(options { now = MONDAY }), 0)
end

function tests.test_starts_instances_whose_schedule_is_on()
  local stopped = tag("app20-batch-1", { Hours = "mon-fri 08:00-18:00 Europe/Berlin" })
  unit.assert_equals(#switch.start(options { now = SATURDAY }), 0)
  local found = switch.start(options { now = MONDAY })
  unit.assert_equals(only(found).status, "started")
  unit.assert_true(state_of(stopped) ~= "stopped")
end

function tests.test_within_limits_to_recent_changes()
  tag("app20-batch-1", { Hours = "mon-fri 08:00-18:00" })
  unit.assert_equals(#switch.start(options { now = MONDAY, within = "30m" }), 0)
  unit.assert_equals(#switch.start(options { now = time.parse "2026-06-08T08:20:00Z", within = "30m" }), 1)
end

function tests.test_invalid_schedule_is_reported_and_changes_nothing()
  local id = tag("app20-web-1", { Hours = "whenever" })
  local row = only(switch.stop(options { now = SATURDAY }))
  unit.assert_equals(row.status, "failed")
  unit.assert_str_contains(row.detail, "'whenever' is not a schedule")
  unit.assert_equals(state_of(id), "running")
end

function tests.test_protected_instance_does_not_stop_the_others()
  local kept = tag("app20-web-1", { Hours = "never", ["moonfleet:protect"] = "yes" })
  local stopped = tag("app20-web-2", { Hours = "never" })
  local status = {}
  for _, row in ipairs(switch.stop(options { now = MONDAY })) do status[row.instance_id] = row.status end
  unit.assert_equals(status, { [kept] = "protected", [stopped] = "stopped" })
end

function tests.test_unstoppable_instance_is_skipped_with_a_reason()
  local id = tag("ci-runner-1", { Hours = "never" })
  local row = only(switch.stop(options { now = MONDAY }))
  unit.assert_equals(row.status, "skipped")
  unit.assert_str_contains(row.detail, "spot instance of a one-time request")
  unit.assert_equals(state_of(id), "running")
end

function tests.test_tags_option_limits_the_instances()
  tag("app20-web-1", { Hours = "never" })
  unit.assert_equals(#switch.stop(options { now = MONDAY, tags = { App = "App10" } }), 0)
  unit.assert_equals(#switch.stop(options { now = MONDAY, tags = { App = "App20" } }), 1)
end

return tests
