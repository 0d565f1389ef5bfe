-- Old snapshots: those whose volume is gone first. Those of images, and those that a service deletes by
-- its own plan, are left out if nobody asks for them: they cannot be deleted one by one.

local findings = require "findings"
local rows = require "rows"
local snapshots = require "snapshots"
local tags = require "tags"

local COLUMNS = { "severity", "finding", "name", "snapshot_id", "region", "size_gib", "days", "volume_id", "detail" }

return script {
  summary = "List old EBS snapshots, and whether anything still needs them.",
  risk = "read",
  args = {
    min_days = { "integer", default = 90, help = "Ignore younger snapshots." },
    all = { "boolean", default = false, help = "Also those of images, and those that a service deletes." },
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
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
