-- Access keys that are old, or that nobody uses.

local accounts = require "accounts"
local findings = require "findings"
local users = require "users"

return script {
  summary = "Find access keys that are too old, unused or switched off, and users who never come.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
    max_age = { "string", default = "90d", help = "How old a key may be that is in use." },
    unused = { "string", default = "90d", help = "For how long a key or a user may lie idle." },
  },
  example = { args = {} },
  run = function(args)
    local rows = accounts.each(args.accounts, function()
      local rows = users.access_keys { max_age = args.max_age, unused = args.unused }
      for _, row in ipairs(users.inactive { unused = args.unused }) do rows[#rows + 1] = row end
      for _, row in ipairs(rows) do row.days = row.age // time.days(1) end
      return rows
    end)
    report.print(findings.sorted(rows), {
      title = "Access keys",
      columns = { "severity", "finding", "account", "name", "access_key_id", "days", "detail" },
    })
  end,
}
