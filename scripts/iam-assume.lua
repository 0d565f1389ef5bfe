-- Assumes a role and compares the identity, the region and the permissions before and after.

-- Calls that show whether a role can read a service. Each requests as little data as possible.
local PROBES = {
  { "ec2", "describe_instances", { max_results = 5 } },
  { "iam", "list_users", { max_items = 1 } },
  { "ssm", "describe_instance_information", { max_results = 5 } },
  { "rg", "list_groups", { max_results = 1 } },
}

---@param session Session
local function probe(session, service, operation, input)
  local ok, e = pcall(session[service][operation], input)
  if ok then return "yes" end
  return type(e) == "table" and e.code or tostring(e)
end

---@param session Session
local function identity_row(session, as, holds_for)
  local identity = session.whoami()
  local row = {
    as = as,
    account = identity.account,
    arn = identity.arn,
    region = identity.region or "",
    holds_for = holds_for,
  }
  for _, one in ipairs(PROBES) do row[one[1]] = probe(session, one[1], one[2], one[3]) end
  return row
end

local function evaluate(session, text)
  local chunk, problem = load("return " .. text, "=expression")
  if not chunk then error("the expression is not valid Lua: " .. problem, 0) end
  local before = aws.use(session)
  local ok, result = pcall(chunk)
  aws.use(before)
  if not ok then error(result, 0) end
  return result
end

return script {
  summary = "Assume a role, show the new identity, and evaluate an expression with it.",
  risk = "read",
  args = {
    role = { "string", required = true, help = "Assume this role, given by its ARN, in any account." },
    external_id = { "string", help = "Send this external ID, if the role's trust policy requires one." },
    mfa_serial = { "string", help = "Use the MFA device with this ARN and prompt for its code." },
    session_name = { "string", help = "Show this name in CloudTrail; by default moonfleet and your user name." },
    duration = { "string", default = "1h", help = "Limit the lifetime of the credentials." },
    region = { "string", help = "Use this region for the new session; by default the same." },
    expression = { "string", help = "Evaluate this Lua expression as the role, such as ec2.describe_vpcs.all()." },
  },
  volatile = { "holds_for" },
  example = { args = { role = "arn:aws:iam::210987654321:role/moonfleet-readonly" } },
  run = function(args)
    local session = aws.assume(args.role, {
      external_id = args.external_id,
      mfa_serial = args.mfa_serial,
      session_name = args.session_name,
      duration = args.duration,
      region = args.region,
    })
    if args.expression then
      report.print(evaluate(session, args.expression))
      return
    end
    local rows = {
      identity_row(aws, "before"),
      identity_row(session, "as the role", args.duration),
    }
    report.print(rows, {
      title = "As " .. args.role,
      columns = { "as", "account", "arn", "region", "holds_for", "ec2", "iam", "ssm", "rg" },
    })
  end,
}
