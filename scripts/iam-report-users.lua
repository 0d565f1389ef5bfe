-- All users on one page: what they can sign in with, what they belong to, when they were seen.

local accounts = require "accounts"
local users = require "users"

return script {
  summary = "Report all users with their groups, credentials and last use.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
  },
  example = { args = {} },
  run = function(args)
    local rows = accounts.each(args.accounts, function()
      local rows = users.list()
      for _, row in ipairs(rows) do
        row.days = row.age // time.days(1)
        row.idle_days = row.idle and row.idle // time.days(1)
      end
      return rows
    end)
    report.print(rows, {
      title = "Users",
      columns = {
        "account", "name", "path", "days", "groups", "policies",
        "password", "mfa", "access_keys", "idle_days", "tags.Owner",
      },
    })
  end,
}
