-- Who may do everything, and who can come to it.

local accounts = require "accounts"
local findings = require "findings"
local policies = require "policies"

return script {
  summary = "Find all who may do everything, or can make themselves able to, and by which way.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
  },
  example = { args = {} },
  run = function(args)
    local rows = accounts.each(args.accounts, function() return policies.admins() end)
    report.print(findings.sorted(rows), {
      title = "Administrators",
      columns = { "severity", "finding", "account", "kind", "name", "way", "policy", "detail" },
    })
  end,
}
