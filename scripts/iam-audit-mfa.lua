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
    local found = accounts.each(args.accounts, function() return users.without_mfa() end)
    report.print(findings.sorted(found), {
      title = "Users without MFA",
      columns = { "severity", "finding", "name", "account", "detail" },
    })
  end,
}
