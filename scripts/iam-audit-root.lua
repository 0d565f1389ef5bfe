-- What is wrong with the root user of an account, who can do everything.

local accounts = require "accounts"
local findings = require "findings"
local users = require "users"

return script {
  summary = "Find root users that have access keys or no MFA, or that are used.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
    quiet_days = { "integer", default = 90, help = "For how many days the root user should not have signed in." },
  },
  example = { args = {} },
  run = function(args)
    local found = accounts.each(args.accounts, function() return users.root { quiet = time.days(args.quiet_days) } end)
    report.print(findings.sorted(found), {
      title = "Root users",
      columns = { "severity", "finding", "account", "detail" },
    })
  end,
}
