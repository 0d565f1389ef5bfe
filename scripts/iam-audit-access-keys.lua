-- Finds old, unused and inactive access keys, and inactive users.

local accounts = require "accounts"
local findings = require "findings"
local list = require "list"
local rows = require "rows"
local users = require "users"

return script {
  summary = "Find old, unused and inactive access keys, and inactive users.",
  risk = "read",
  args = {
    accounts = { "list", help = "Check these accounts, as profiles or role ARNs; by default the session's account." },
    max_days = { "integer", default = 90, help = "Allow keys in use to be at most this many days old." },
    unused_days = { "integer", default = 90, help = "Allow keys and users at most this many days without use." },
  },
  findings = {
    "inactive-access-key", "inactive-user", "never-seen-user", "never-used-access-key", "never-used-password",
    "old-access-key", "unrecorded-use", "unused-access-key",
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
