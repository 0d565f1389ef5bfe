-- Finds instances whose metadata service answers without a token (IMDSv1).

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
  summary = "Find instances with IMDSv1 enabled, the most exposed first.",
  risk = "read",
  args = {
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    state = {
      "list",
      choices = { "pending", "running", "stopping", "stopped", "shutting-down", "terminated" },
      help = "Select instances in these states; by default all except terminated ones.",
    },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "imdsv1" },
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
