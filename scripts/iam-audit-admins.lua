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
    local found = accounts.each(args.accounts, function() return policies.admins() end)
    report.print(findings.sorted(found), {
      title = "Administrators",
      columns = { "severity", "finding", "name", "account", "kind", "way", "policy", "detail" },
    })
  end,
}
