-- Finds machines that no command reaches: offline agents, and running instances that Systems Manager does not
-- manage, with the probable reason; also outdated agents.

local findings = require "findings"
local nodes = require "nodes"
local rows = require "rows"
local tags = require "tags"

local COLUMNS = { "severity", "finding", "name", "instance_id", "region", "days", "detail" }

return script {
  summary = "Find machines that Systems Manager cannot reach, and the probable reasons.",
  risk = "read",
  args = {
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "offline-node", "old-agent", "unmanaged-instance" },
  example = { args = { regions = { "eu-central-1", "eu-west-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function() return nodes.findings { tags = wanted } end)
    local found = findings.sorted(swept.results, "instance_id")
    report.print(rows.with_days(found), { title = "Unreachable machines", columns = COLUMNS })
  end,
}
