-- Instances whose metadata service answers without a token.

local findings = require "findings"
local rows = require "rows"
local tags = require "tags"

local COLUMNS = {
  "severity",
  "finding",
  "name",
  "instance_id",
  "region",
  "state",
  "profile",
  "public_ip",
  "days",
  "detail",
}

return script {
  summary = "Find instances that still answer IMDSv1, those with credentials to give first.",
  risk = "read",
  args = {
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    state = {
      "list",
      choices = { "pending", "running", "stopping", "stopped", "shutting-down", "terminated" },
      help = "Only those in these states; without it, all that have not gone.",
    },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function()
      return fleet.imdsv1 { tags = wanted, state = args.state }
    end)
    local found = findings.sorted(swept.results, "instance_id")
    report.print(rows.with_days(found), { title = "Instances with IMDSv1", columns = COLUMNS })
  end,
}
