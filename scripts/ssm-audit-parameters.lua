-- Parameters that should be looked at: secrets in plain text, old ones, what nobody owns, and what is
-- paid for without need. No value is shown.

local params = require "params"
local rows = require "rows"

local COLUMNS = { "severity", "finding", "name", "region", "type", "days", "detail" }

return script {
  summary = "Audit the Parameter Store: plain secrets, old ones, missing tags and tiers without use.",
  risk = "read",
  args = {
    path = { "string", help = "Only parameters below this path." },
    secret_age = { "string", default = "365d", help = "Secrets that were not changed for longer are findings." },
    unchanged_age = { "string", default = "730d", help = "What was made longer ago and never changed is one." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { secret_age = "100d" } },
  run = function(args)
    local swept = sweep.regions(args.regions, function()
      return params.audit { path = args.path, secret_age = args.secret_age, unchanged_age = args.unchanged_age }
    end)
    local found = rows.worst_first(swept.results, "finding")
    report.print(rows.with_days(found), { title = "Parameters", columns = COLUMNS })
  end,
}
