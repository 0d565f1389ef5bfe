-- Access keys that are old, or that nobody uses.

local accounts = require "accounts"
local findings = require "findings"
local list = require "list"
local rows = require "rows"
local users = require "users"

return script {
  summary = "Find access keys that are too old, unused or switched off, and users who never come.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
    max_days = { "integer", default = 90, help = "How many days old a key may be that is in use." },
    unused_days = { "integer", default = 90, help = "For how many days a key or a user may lie idle." },
  },
  example = { args = {} },
  run = function(args)
    local found = accounts.each(args.accounts, function()
      local unused = time.days(args.unused_days)
      return list.flatten {
        users.access_keys { max_age = time.days(args.max_days), unused = unused },
        users.inactive { unused = unused },
      }
    end)
    report.print(rows.with_days(findings.sorted(found, "access_key_id")), {
      title = "Access keys",
      columns = { "severity", "finding", "name", "access_key_id", "account", "days", "detail" },
    })
  end,
}
