local snapshots = require "snapshots"
local unit = require "unit"

local tests = {}

-- A snapshot as EC2 returns it, 200 days old by default.
local function snapshot(fields)
  local whole = {
    snapshot_id = "snap-1",
    volume_id = "vol-1",
    volume_size = 8,
    state = "completed",
    start_time = time.now() - time.days(200),
    tags = {},
  }
  for name, value in pairs(fields) do whole[name] = value end
  return whole
end

-- The findings of an account with these snapshots, by snapshot id.
---@return table<string, any>
local function findings_of(some)
  unit.answer("ec2.describe_snapshots", { snapshots = some })
  local found = {}
  for _, finding in ipairs(snapshots.old()) do found[finding.snapshot_id] = finding end
  return found
end

function tests.test_old_snapshots_are_found()
  local findings = snapshots.old()
  unit.assert_true(#findings >= 2)
  for _, finding in ipairs(findings) do unit.assert_true(finding.age >= time.days(90)) end
end

function tests.test_a_missing_volume_is_no_reason_to_delete()
  for _, finding in ipairs(snapshots.old()) do
    unit.assert_equals(finding.finding == "snapshot-without-volume", not finding.volume_exists)
    if not finding.volume_exists then
      unit.assert_equals(finding.severity, "low")
      unit.assert_str_contains(finding.detail, "may be the only copy")
      unit.assert_not_str_contains(finding.detail, "delete it")
    end
  end
end

function tests.test_copies_are_not_judged_by_their_volume()
  local found = findings_of {
    snapshot { snapshot_id = "snap-id", volume_id = "vol-ffffffff" },
    snapshot { snapshot_id = "snap-text", description = "[Copied snap-0123 from eu-west-1] nightly" },
    snapshot { snapshot_id = "snap-timed", transfer_type = "time-based" },
  }
  for _, id in ipairs { "snap-id", "snap-text", "snap-timed" } do
    local finding = found[id]
    unit.assert_equals({ finding.finding, finding.severity, finding.is_copy }, { "old-copy", "info", true }, id)
    unit.assert_not_str_contains(finding.detail, "vol-")
    unit.assert_not_str_contains(finding.detail, "delete")
  end
end

function tests.test_deletion_needs_a_newer_snapshot()
  local volume = ec2.describe_volumes.all()[1] --[[@as any]]
  local function of_volume(id, days, state)
    return snapshot {
      snapshot_id = id,
      volume_id = volume.volume_id,
      start_time = time.now() - time.days(days),
      state = state,
    }
  end
  local failed = of_volume("snap-failed", 1, "error")
  local found = findings_of { of_volume("snap-old", 200), of_volume("snap-new", 100), failed }
  unit.assert_str_contains(found["snap-old"].detail, "snap-new is newer; delete it if")
  unit.assert_not_str_contains(found["snap-new"].detail, "delete it if")
  unit.assert_equals(found["snap-new"].severity, "info")
end

function tests.test_min_age_option_sets_the_age()
  unit.assert_true(#snapshots.old { min_age = "1d" } > #snapshots.old())
  unit.assert_equals(#snapshots.old { min_age = "5000d" }, 0)
end

function tests.test_managed_snapshots_need_the_option_all()
  for _, finding in ipairs(snapshots.old()) do
    unit.assert_nil(finding.managed_by)
    unit.assert_equals(#finding.image_ids, 0)
  end
  for _, finding in ipairs(snapshots.old { all = true }) do
    if finding.managed_by or #finding.image_ids > 0 then unit.assert_equals(finding.severity, "info") end
  end
end

function tests.test_lists_the_oldest_first()
  local last
  for _, row in ipairs(snapshots.list()) do
    unit.assert_true(not last or last <= row.start_time)
    last = row.start_time
  end
end

return tests
