-- Reports all users on one page: credentials, groups and last use.

local accounts = require "accounts"
local rows = require "rows"
local users = require "users"

return script {
  summary = "Report all users with their groups, credentials and last use.",
  risk = "read",
  args = {
    accounts = { "list", help = "Check these accounts, as profiles or role ARNs; by default the session's account." },
  },
  volatile = { "idle_days" },
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
