-- Finds the users and roles that may call an action, and the statement of the policy that allows it.

local accounts = require "accounts"
local policies = require "policies"

-- Parses condition keys such as `aws:MultiFactorAuthPresent=true`.
local function parse_context(words)
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
  summary = "Find users and roles whose own policies allow an action, without those of organizations and resources.",
  risk = "read",
  args = {
    action = { "string", required = true, help = "Check this action, for example ec2:TerminateInstances." },
    resource = { "string", help = "Check the action on the resource with this ARN; by default on any resource." },
    context = { "list", help = "Assume these condition keys of the request, as KEY=VALUE separated by commas." },
    accounts = { "list", help = "Check these accounts, as profiles or role ARNs; by default the session's account." },
  },
  example = { args = { action = "ec2:TerminateInstances" } },
  run = function(args)
    local found = accounts.each(args.accounts, function()
      return policies.who_can { action = args.action, resource = args.resource, context = parse_context(args.context) }
    end)
    report.print(found, {
      title = "Principals allowed to call " .. args.action,
      columns = { "name", "account", "kind", "decision", "via", "policy", "statement", "resources", "conditions" },
    })
    if report.format() == "table" then
      print()
      print("Policies of organizations and of resources are not evaluated.")
      print("The first can deny the action, the second can allow it to others.")
    end
  end,
}
