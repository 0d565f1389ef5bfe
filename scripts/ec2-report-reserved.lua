-- Reserved instances against what runs.

local list = require "list"
local reserved = require "reserved"

local COLUMNS = {
  "kind",
  "region",
  "type",
  "product",
  "zone",
  "reserved",
  "running",
  "covered",
  "unused",
  "uncovered",
  "days_left",
  "status",
}

return script {
  summary = "Report which reserved instances are used, unused or ending, and what runs without one.",
  risk = "read",
  args = {
    soon_days = { "integer", default = 30, help = "What ends within so many days is expiring." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local swept = sweep.regions(args.regions, function()
      return reserved.coverage { soon = time.days(args.soon_days) }
    end)
    local found = list.sort_by(swept.results, "kind", "account", "region", "days_left", "type", "zone", "product")
    report.print(found, { title = "Reserved instances", columns = COLUMNS })
  end,
}
