-- What is wrong with the root user of an account, who can do everything.

local accounts = require "accounts"
local findings = require "findings"
local users = require "users"

return script {
  summary = "Find root users that have access keys or no MFA, or that are used.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
    quiet = { "string", default = "90d", help = "For how long the root user should not have signed in." },
  },
  example = { args = {} },
  run = function(args)
    local rows = accounts.each(args.accounts, function() return users.root { quiet = args.quiet } end)
    report.print(findings.sorted(rows), {
      title = "Root users",
      columns = { "severity", "finding", "account", "detail" },
    })
  end,
}
