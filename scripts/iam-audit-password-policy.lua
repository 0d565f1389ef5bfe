-- Compares the account's password policy with the requirements of the CIS benchmark for AWS.

local accounts = require "accounts"
local findings = require "findings"
local users = require "users"

return script {
  summary = "Compare the account's password policy with the CIS benchmark.",
  risk = "read",
  args = {
    accounts = { "list", help = "Check these accounts, as profiles or role ARNs; by default the session's account." },
  },
  findings = {
    "fixed-passwords", "no-lowercase", "no-numbers", "no-password-policy", "no-symbols", "no-uppercase",
    "reused-passwords", "short-passwords",
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
