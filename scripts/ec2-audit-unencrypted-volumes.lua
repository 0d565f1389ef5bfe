-- Finds volumes that are not encrypted, and regions that do not encrypt new volumes by default.

local findings = require "findings"
local list = require "list"
local rows = require "rows"
local tags = require "tags"
local volumes = require "volumes"

local COLUMNS = { "severity", "finding", "name", "volume_id", "region", "size_gib", "instance_ids", "days", "detail" }

return script {
  summary = "Find unencrypted EBS volumes and regions without encryption by default.",
  risk = "read",
  args = {
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "encryption-not-default", "unencrypted-volume" },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function()
      return list.flatten { volumes.unencrypted { tags = wanted }, volumes.encryption_off() }
    end)
    local found = findings.sorted(swept.results, "volume_id")
    report.print(rows.with_days(found), { title = "Unencrypted volumes", columns = COLUMNS })
  end,
}
