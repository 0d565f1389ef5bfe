local snapshots = require "snapshots"
local unit = require "unit"

local tests = {}

function tests.test_orphaned_snapshots_come_first()
  local findings = snapshots.old()
  unit.assert_true(#findings >= 2)
  local kinds = {}
  for _, finding in ipairs(findings) do
    kinds[#kinds + 1] = finding.finding
    unit.assert_true(finding.age >= time.days(90))
    unit.assert_equals(finding.finding == "orphaned-snapshot", not finding.volume_exists)
  end
  unit.assert_equals(kinds[1], "orphaned-snapshot")
  unit.assert_equals(kinds[#kinds], "old-snapshot")
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
