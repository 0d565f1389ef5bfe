-- Images and snapshots that everybody with an AWS account can copy, data and all.

local findings = require "findings"
local images = require "images"
local list = require "list"
local rows = require "rows"
local snapshots = require "snapshots"
local tags = require "tags"

local COLUMNS = { "severity", "finding", "name", "image_id", "snapshot_id", "region", "size_gib", "days", "detail" }

return script {
  summary = "Find machine images and snapshots that are public.",
  risk = "read",
  args = {
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
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
