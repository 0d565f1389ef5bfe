-- Volumes that are not encrypted, and regions where new ones will not be.

local findings = require "findings"
local list = require "list"
local rows = require "rows"
local tags = require "tags"
local volumes = require "volumes"

local COLUMNS = { "severity", "finding", "name", "volume_id", "region", "size_gib", "instance_ids", "days", "detail" }

return script {
  summary = "Find EBS volumes that are not encrypted, and regions where that is the default.",
  risk = "read",
  args = {
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function()
      return list.flatten { volumes.unencrypted { tags = wanted }, volumes.encryption_off() }
    end)
    local found = findings.sorted(swept.results, "volume_id")
    report.print(rows.with_days(found), { title = "Volumes that are not encrypted", columns = COLUMNS })
  end,
}
