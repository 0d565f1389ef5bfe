-- Parameters that should be looked at: secrets in plain text, old ones, what nobody owns, and what is
-- paid for without need. No value is shown.

local findings = require "findings"
local params = require "params"
local rows = require "rows"

local COLUMNS = { "severity", "finding", "name", "region", "type", "days", "detail" }

return script {
  summary = "Audit the Parameter Store: plain secrets, old ones, missing tags and tiers without use.",
  risk = "read",
  args = {
    path = { "string", help = "Only parameters below this path." },
    secret_days = { "integer", default = 365, help = "Secrets that were not changed for so many days are findings." },
    unchanged_days = { "integer", default = 730, help = "What was made so many days ago and never changed is one." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
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
