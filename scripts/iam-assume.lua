-- Takes a role and shows what changed by it: who one is, where, for how long, and what answers.

-- Reads that tell what a role is good for; each asks for as little as it can.
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
local function look(session, as, holds_for)
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
  if not chunk then error("the expression is none: " .. problem, 0) end
  local before = aws.use(session)
  local ok, result = pcall(chunk)
  aws.use(before)
  if not ok then error(result, 0) end
  return result
end

return script {
  summary = "Take a role, show what changed by it, and evaluate an expression as it.",
  risk = "read",
  args = {
    role = { "string", required = true, help = "The role's ARN, also of another account." },
    external_id = { "string", help = "The external id that the role's trust asks for." },
    mfa_serial = { "string", help = "The ARN of one's MFA device; its code is asked for on the terminal." },
    session_name = { "string", help = "What CloudTrail will show; without it, moonfleet and one's name." },
    duration = { "string", default = "1h", help = "How long the credentials hold." },
    region = { "string", help = "The region of the new session; without it, the same." },
    expression = { "string", help = "A Lua expression to evaluate as the role, such as ec2.describe_vpcs.all()." },
  },
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
      look(aws, "before"),
      look(session, "as the role", args.duration),
    }
    report.print(rows, {
      title = "As " .. args.role,
      columns = { "as", "account", "arn", "region", "holds_for", "ec2", "iam", "ssm", "rg" },
    })
  end,
}
