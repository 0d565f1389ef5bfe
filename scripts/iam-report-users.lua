-- All users on one page: what they can sign in with, what they belong to, when they were seen.

local accounts = require "accounts"
local rows = require "rows"
local users = require "users"

return script {
  summary = "Report all users with their groups, credentials and last use.",
  risk = "read",
  args = {
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
  },
  example = { args = {} },
  run = function(args)
    local found = accounts.each(args.accounts, function()
      return users.list()
    end)
    for _, user in ipairs(rows.with_days(found)) do user.idle_days = rows.days(user.idle) end
    report.print(found, {
      title = "Users",
      columns = {
        "name", "account", "path", "days", "groups", "policies",
        "password", "mfa", "access_keys", "idle_days", "tags.Owner",
      },
    })
  end,
}
