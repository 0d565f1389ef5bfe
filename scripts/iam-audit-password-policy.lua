-- What an account wants of passwords, against what the CIS benchmark for AWS wants.

local accounts = require "accounts"
local findings = require "findings"
local users = require "users"

return script {
  summary = "Compare the account's password policy with the CIS benchmark.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
  },
  example = { args = {} },
  run = function(args)
    local found = accounts.each(args.accounts, function() return users.password_policy() end)
    report.print(findings.sorted(found), {
      title = "Password policy",
      columns = { "severity", "finding", "account", "detail" },
    })
  end,
}
