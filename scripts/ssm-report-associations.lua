-- Reports State Manager's associations with their counts, or the machines on which an association failed.

local associations = require "associations"
local findings = require "findings"
local rows = require "rows"

local COLUMNS = {
  "name", "region", "status", "success", "failed", "pending", "document", "targets", "schedule", "last_execution_date",
}
local FINDINGS = { "severity", "finding", "name", "instance_id", "region", "association", "status", "detail" }

return script {
  summary = "Report the associations of State Manager and their failures.",
  risk = "read",
  args = {
    failed = { "boolean", default = false, help = "List the machines with failed or pending associations instead." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "failed-association", "waiting-association" },
  volatile = { "last_execution_date" },
  example = { args = { failed = true, regions = { "eu-central-1", "eu-west-1" } } },
  run = function(args)
    if args.failed then
      local swept = sweep.regions(args.regions, associations.findings)
      local found = findings.sorted(swept.results, "instance_id", "association")
      report.print(found, { title = "Failed associations", columns = FINDINGS })
      return
    end
    local swept = sweep.regions(args.regions, function() return associations.list() end)
    local found = rows.sorted(swept.results, "name", "region", "association_id")
    report.print(found, { title = "Associations", columns = COLUMNS })
  end,
}
