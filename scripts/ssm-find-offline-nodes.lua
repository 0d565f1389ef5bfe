-- Machines that no command reaches: agents that are offline, running instances that Systems
-- Manager does not know, with why that may be, and agents that are old.

local findings = require "findings"
local nodes = require "nodes"
local rows = require "rows"
local tags = require "tags"

local COLUMNS = { "severity", "finding", "name", "instance_id", "region", "days", "detail" }

return script {
  summary = "Find machines that Systems Manager does not reach, and say why that may be.",
  risk = "read",
  args = {
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "eu-central-1", "eu-west-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function() return nodes.findings { tags = wanted } end)
    local found = findings.sorted(swept.results, "instance_id")
    report.print(rows.with_days(found), { title = "Machines out of reach", columns = COLUMNS })
  end,
}
