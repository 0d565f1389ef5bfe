-- Finds images and snapshots whose data any AWS account can copy.

local findings = require "findings"
local images = require "images"
local list = require "list"
local rows = require "rows"
local snapshots = require "snapshots"
local tags = require "tags"

local COLUMNS = { "severity", "finding", "name", "image_id", "snapshot_id", "region", "size_gib", "days", "detail" }

return script {
  summary = "Find public machine images and snapshots.",
  risk = "read",
  args = {
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "public-image", "public-snapshot" },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function()
      return list.flatten { images.shared_with_all { tags = wanted }, snapshots.shared_with_all { tags = wanted } }
    end)
    local found = findings.sorted(swept.results, "finding", "image_id", "snapshot_id")
    report.print(rows.with_days(found), { title = "Public images and snapshots", columns = COLUMNS })
  end,
}
