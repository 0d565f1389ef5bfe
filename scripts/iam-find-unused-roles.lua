-- Roles that nobody uses. Those that AWS's services keep for themselves are left out.

local accounts = require "accounts"
local findings = require "findings"
local roles = require "roles"

return script {
  summary = "Find roles that nobody has used for long, or ever.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
    unused = { "string", default = "90d", help = "For how long a role may lie idle." },
  },
  example = { args = {} },
  run = function(args)
    local rows = accounts.each(args.accounts, function()
      local rows = roles.unused { unused = args.unused }
      for _, row in ipairs(rows) do row.days = row.age // time.days(1) end
      return rows
    end)
    report.print(findings.sorted(rows), {
      title = "Unused roles",
      columns = { "severity", "finding", "account", "name", "days", "policies", "detail" },
    })
  end,
}
