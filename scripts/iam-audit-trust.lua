-- Finds principals outside the account that may assume its roles.

local accounts = require "accounts"
local findings = require "findings"
local roles = require "roles"

return script {
  summary = "Find external principals that may assume roles, and under which conditions.",
  risk = "read",
  args = {
    accounts = { "list", help = "Check these accounts, as profiles or role ARNs; by default the session's account." },
    trusted = { "list", help = "Treat the accounts with these ids as your own." },
  },
  findings = {
    "federation", "guest-federation", "trust-in-account", "trust-in-any-identity", "trust-in-deleted-principal",
    "trust-in-everyone", "trust-in-own-account", "trust-in-principal", "trust-without-external-id", "wide-federation",
  },
  example = { args = {} },
  run = function(args)
    local found = accounts.each(args.accounts, function() return roles.trust { trusted = args.trusted } end)
    report.print(findings.sorted(found), {
      title = "Trust in external principals",
      columns = { "severity", "finding", "name", "account", "principal", "policies", "detail" },
    })
  end,
}
