-- Finds users who can sign in with only a password.

local accounts = require "accounts"
local findings = require "findings"
local users = require "users"

return script {
  summary = "Find users who can sign in to the console without MFA.",
  risk = "read",
  args = {
    accounts = { "list", help = "Check these accounts, as profiles or role ARNs; by default the session's account." },
  },
  findings = { "no-mfa", "root-without-mfa" },
  example = { args = {} },
  run = function(args)
    local found = accounts.each(args.accounts, function() return users.without_mfa() end)
    report.print(findings.sorted(found), {
      title = "Users without MFA",
      columns = { "severity", "finding", "name", "account", "detail" },
    })
  end,
}
