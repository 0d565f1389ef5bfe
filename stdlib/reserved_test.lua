local reserved = require "reserved"
local unit = require "unit"

local tests = {}

function tests.test_active_reservations_are_sorted_by_end()
  local found, last = reserved.list(), nil
  unit.assert_true(#found >= 1)
  for _, row in ipairs(found) do
    unit.assert_equals(row.state, "active")
    unit.assert_true(not last or last <= row.end_time)
    last = row.end_time
  end
end

function tests.test_coverage_has_a_row_for_each_reservation_and_type()
  local covered, used, running = 0.0, 0.0, 0
  for _, line in ipairs(reserved.coverage() --[[@as any[] ]]) do
    if line.kind == "reserved" then
      unit.assert_almost_equals(line.covered + line.unused, line.reserved, 0.02)
      used = used + line.covered
    else
      unit.assert_almost_equals(line.covered + line.uncovered, line.running, 0.02)
      covered, running = covered + line.covered, running + line.running
    end
  end
  local there = fleet.instances { state = "running", lifecycle = "on-demand" }
  unit.assert_equals(running, #there)
  unit.assert_equals(used > 0, covered > 0)
end

function tests.test_reservation_covers_its_type_in_all_zones()
  local lines = {}
  for _, line in ipairs(reserved.coverage() --[[@as any[] ]]) do
    local key = line.kind == "reserved" and line.type or line.type .. " " .. line.zone .. " " .. line.product
    lines[key] = line
  end
  unit.assert_equals(lines["m6i.large"].status, "used")
  unit.assert_equals(lines["m6i.large"].covered, 3.0)
  unit.assert_equals(lines["c6i.xlarge"].status, "expiring")
  unit.assert_equals(lines["c6i.xlarge"].days_left, 18)
  unit.assert_equals(lines["m6i.large eu-central-1b Linux/UNIX"].status, "covered")
  unit.assert_equals(lines["m5.xlarge eu-central-1a Windows"].status, "uncovered")
  -- Its reservation has ended.
  unit.assert_nil(lines["m5.xlarge"])
end

function tests.test_reservation_covers_other_sizes_in_proportion()
  -- Three m6i.large are reserved. Two fewer running ones leave capacity for one m6i.xlarge.
  local ids = {}
  for _, instance in ipairs(fleet.instances { type = "m6i.large", state = "running" }) do
    ids[#ids + 1] = instance.instance_id
  end
  ec2.stop_instances { instance_ids = { ids[1], ids[2] } }
  unit.advance "10m"
  local uncovered = 0.0
  for _, line in ipairs(reserved.coverage() --[[@as any[] ]]) do
    if line.type == "m6i.xlarge" then uncovered = uncovered + line.uncovered end
    if line.kind == "reserved" and line.type == "m6i.large" then unit.assert_equals(line.unused, 0.0) end
  end
  unit.assert_equals(uncovered, 1.0)
end

function tests.test_soon_option_sets_the_expiry()
  local function expiring(soon)
    local count = 0
    for _, line in ipairs(reserved.coverage { soon = soon }) do
      if line.expiring then count = count + 1 end
    end
    return count
  end
  unit.assert_equals(expiring "5000d", #reserved.list())
  unit.assert_equals(expiring(0), 0)
end

return tests
