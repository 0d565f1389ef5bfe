-- Who from outside an account may assume its roles.

local accounts = require "accounts"
local findings = require "findings"
local roles = require "roles"

return script {
  summary = "Find who outside the account may assume its roles, and on which conditions.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
    trusted = { "list", help = "Ids of accounts that are one's own as well." },
  },
  example = { args = {} },
  run = function(args)
    local found = accounts.each(args.accounts, function() return roles.trust { trusted = args.trusted } end)
    report.print(findings.sorted(found), {
      title = "Trust in others",
      columns = { "severity", "finding", "name", "account", "principal", "policies", "detail" },
    })
  end,
}
