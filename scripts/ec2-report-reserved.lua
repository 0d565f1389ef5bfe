-- Compares reserved instances with running instances.

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
  summary = "Report used, unused and expiring reservations, and instances without one; Savings Plans are not included.",
  risk = "read",
  args = {
    soon_days = { "integer", default = 30, help = "Mark reservations that end within this many days as expiring." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  volatile = { "days_left" },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local swept = sweep.regions(args.regions, function()
      return reserved.coverage { soon = time.days(args.soon_days) }
    end)
    local found = list.sort_by(swept.results, "kind", "account", "region", "days_left", "type", "zone", "product")
    report.print(found, { title = "Reserved instances (Savings Plans are not included)", columns = COLUMNS })
  end,
}
