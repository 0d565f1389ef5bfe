-- Finds unused roles. Service-linked roles of AWS are left out.

local accounts = require "accounts"
local findings = require "findings"
local roles = require "roles"
local rows = require "rows"

return script {
  summary = "Find roles without recent use, or without any.",
  risk = "read",
  args = {
    accounts = { "list", help = "Check these accounts, as profiles or role ARNs; by default the session's account." },
    unused_days = { "integer", default = 90, help = "Allow roles at most this many days without use." },
  },
  findings = { "never-used-role", "unused-role" },
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
