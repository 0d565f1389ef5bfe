-- Finds users and roles that have administrator access, or can gain it.

local accounts = require "accounts"
local findings = require "findings"
local policies = require "policies"

return script {
  summary = "Find users and roles that have administrator access or can gain it.",
  risk = "read",
  args = {
    accounts = { "list", help = "Check these accounts, as profiles or role ARNs; by default the session's account." },
  },
  findings = {
    "admin-attached", "admin-by-custom-policy", "admin-by-group", "admin-by-inline-policy", "admin-by-permission-set",
    "can-assume-admin", "can-become-admin",
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
