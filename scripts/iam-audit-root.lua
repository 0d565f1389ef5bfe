-- Finds problems of the account's root user, who has all permissions.

local accounts = require "accounts"
local findings = require "findings"
local users = require "users"

return script {
  summary = "Find root users with access keys, without MFA, or with recent sign-ins.",
  risk = "read",
  args = {
    accounts = { "list", help = "Check these accounts, as profiles or role ARNs; by default the session's account." },
    quiet_days = { "integer", default = 90, help = "Report sign-ins of the root user within this many days." },
  },
  findings = { "root-access-key", "root-used", "root-without-mfa" },
  example = { args = {} },
  run = function(args)
    local found = accounts.each(args.accounts, function() return users.root { quiet = time.days(args.quiet_days) } end)
    report.print(findings.sorted(found), {
      title = "Root users",
      columns = { "severity", "finding", "account", "detail" },
    })
  end,
}
