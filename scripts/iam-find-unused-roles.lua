-- Roles that nobody uses. Those that AWS's services keep for themselves are left out.

local accounts = require "accounts"
local findings = require "findings"
local roles = require "roles"
local rows = require "rows"

return script {
  summary = "Find roles that nobody has used for long, or ever.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
    unused_days = { "integer", default = 90, help = "For how many days a role may lie idle." },
  },
  example = { args = {} },
  run = function(args)
    local found = accounts.each(args.accounts, function()
      return roles.unused { unused = time.days(args.unused_days) }
    end)
    report.print(rows.with_days(findings.sorted(found)), {
      title = "Unused roles",
      columns = { "severity", "finding", "name", "account", "days", "policies", "detail" },
    })
  end,
}
