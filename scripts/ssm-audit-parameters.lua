-- Audits parameters: secrets in plain text, old secrets, parameters without an owner, and unnecessary costs.
-- The report contains no values.

local findings = require "findings"
local params = require "params"
local rows = require "rows"

local COLUMNS = { "severity", "finding", "name", "region", "type", "days", "detail" }

return script {
  summary = "Audit the Parameter Store for plain-text and old secrets, missing tags and unused tiers.",
  risk = "read",
  args = {
    path = { "string", help = "Select parameters below this path." },
    secret_days = { "integer", default = 365, help = "Report secrets that have not changed for this many days." },
    unchanged_days = { "integer", default = 730, help = "Report parameters that never changed in this many days." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "advanced-tier-unused", "never-changed", "old-secret", "plain-secret", "untagged-parameter" },
  example = { args = { secret_days = 100 } },
  run = function(args)
    local swept = sweep.regions(args.regions, function()
      return params.audit {
        path = args.path,
        secret_age = time.days(args.secret_days),
        unchanged_age = time.days(args.unchanged_days),
      }
    end)
    local found = findings.sorted(swept.results, "finding")
    report.print(rows.with_days(found), { title = "Parameters", columns = COLUMNS })
  end,
}
