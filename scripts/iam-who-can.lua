-- Who may do something, and by which statement of which policy. What an organization's own
-- policies or a resource's policy say is not looked at; the root user may do everything.

local accounts = require "accounts"
local policies = require "policies"

-- `aws:MultiFactorAuthPresent=true` and so on.
local function context(words)
  local known
  for _, word in ipairs(words or {}) do
    local key, value = word:match "^([^=]+)=(.*)$"
    if not key then
      error("context must be KEY=VALUE, such as aws:MultiFactorAuthPresent=true, not '" .. word .. "'", 0)
    end
    known = known or {}
    known[key] = value
  end
  return known
end

return script {
  summary = "Find who may do something in an account, and by which statement.",
  risk = "read",
  args = {
    action = { "string", required = true, help = "The action, as in ec2:TerminateInstances." },
    resource = { "string", help = "The ARN of what it is done to; without it, anything at all." },
    context = { "list", help = "What is known of the request, as KEY=VALUE between commas." },
    accounts = { "list", help = "The accounts, as profiles or ARNs of roles; without it, the session's own." },
  },
  example = { args = { action = "ec2:TerminateInstances" } },
  run = function(args)
    local found = accounts.each(args.accounts, function()
      return policies.who_can { action = args.action, resource = args.resource, context = context(args.context) }
    end)
    report.print(found, {
      title = "Who may " .. args.action,
      columns = { "name", "account", "kind", "decision", "via", "policy", "statement", "resources", "conditions" },
    })
  end,
}
