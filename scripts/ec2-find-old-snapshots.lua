-- Lists old snapshots, those without a volume first. Snapshots of images, and snapshots that a service
-- manages, are only included with `all`, because they cannot be deleted one by one.

local findings = require "findings"
local rows = require "rows"
local snapshots = require "snapshots"
local tags = require "tags"

local COLUMNS = { "severity", "finding", "name", "snapshot_id", "region", "size_gib", "days", "volume_id", "detail" }

return script {
  summary = "List old EBS snapshots and whether they are still needed.",
  risk = "read",
  args = {
    min_days = { "integer", default = 90, help = "Ignore snapshots that are younger than this, in days." },
    all = { "boolean", default = false, help = "Include snapshots of images and snapshots that a service manages." },
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "old-copy", "old-snapshot", "snapshot-without-volume" },
  example = { args = { all = true, regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function()
      return snapshots.old { min_age = time.days(args.min_days), all = args.all, tags = wanted }
    end)
    local found = findings.sorted(swept.results, "start_time", "snapshot_id")
    report.print(rows.with_days(found), { title = "Old snapshots", columns = COLUMNS })
  end,
}
