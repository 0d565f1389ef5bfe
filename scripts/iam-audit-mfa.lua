-- Who can sign in with a password alone.

local accounts = require "accounts"
local findings = require "findings"
local users = require "users"

return script {
  summary = "Find users who can sign in to the console without MFA.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
  },
  example = { args = {} },
  run = function(args)
    local rows = accounts.each(args.accounts, function() return users.without_mfa() end)
    report.print(findings.sorted(rows), {
      title = "Users without MFA",
      columns = { "severity", "finding", "account", "name", "detail" },
    })
  end,
}
