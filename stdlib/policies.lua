-- IAM's policies: what they say, who has which, what somebody may do, and who may do everything.
-- Everything here is read by one call, which gives an account's users, groups, roles and policies
-- with their documents. What an organization's own policies take away is not in it.

local list = require "list"
local options = require "options"

local policies = {}

---A user or a role with all that it is given.
---@class policies.Principal
---@field kind "user"|"role"
---@field name string
---@field arn string
---@field id string
---@field path string
---@field create_date Time
---@field groups string[] Of a user.
---@field policies policies.Source[]
---@field boundary? policies.Source
---@field trust? string Of a role: the document that says who may assume it.
---@field role_last_used? table
---@field tags table<string, string>

---A document, and the way by which somebody has it.
---@class policies.Source
---@field policy string Its name.
---@field policy_arn? string Of a managed one.
---@field via string "attached", "inline" or "group NAME".
---@field inline boolean
---@field document string

---@class policies.Account
---@field principals policies.Principal[]
---@field policies table<string, table> Managed policies by their ARNs.
---@field groups table<string, table> Groups by their names.

---A document as lists of statements, whatever its form.
---@param document access.Document
---@return access.Parsed
function policies.parse(document)
  return access.parse(document)
end

---Whether a document allows an action. What depends on the request counts as not allowed, unless
---the context says what it needs.
---@param document access.Document
---@param action string
---@param resource? string Without it, on something.
---@param context? table<string, any>
---@return boolean
function policies.allows(document, action, resource, context)
  local answers = access.decide {
    policies = { document },
    actions = { action },
    resource = resource,
    context = context,
  }
  return assert(answers[1]).decision == "allowed"
end

local function in_force(managed)
  for _, version in ipairs(managed.policy_version_list or {}) do
    if version.is_default_version then return version.document end
  end
  error("iam.get_account_authorization_details: " .. managed.arn .. " has no version that holds", 0)
end

-- The lists of all pages, put together.
local function details()
  ---@type table<string, table[]>
  local whole = { users = {}, groups = {}, roles = {}, policies = {} }
  ---@type table<string, table[]>
  local lists = {
    user_detail_list = whole.users,
    group_detail_list = whole.groups,
    role_detail_list = whole.roles,
    policies = whole.policies,
  }
  for page in iam.get_account_authorization_details.pages { max_items = 1000 } do
    for name, all in pairs(lists) do
      for _, item in ipairs(page[name] or {}) do all[#all + 1] = item end
    end
  end
  return whole
end

---@return never
local function untold(what)
  error("iam.get_account_authorization_details does not tell of " .. what .. ", which somebody has", 0)
end

-- Appends what a user, group or role has of its own.
local function add_sources(sources, managed, attached, inline, via)
  for _, one in ipairs(attached or {}) do
    local policy = managed[one.policy_arn]
    if not policy then untold(one.policy_arn) end
    sources[#sources + 1] = {
      policy = one.policy_name,
      policy_arn = one.policy_arn,
      via = via or "attached",
      inline = false,
      document = in_force(policy),
    }
  end
  for _, one in ipairs(inline or {}) do
    sources[#sources + 1] = {
      policy = one.policy_name,
      via = via or "inline",
      inline = true,
      document = one.policy_document,
    }
  end
end

local function boundary_of(managed, boundary)
  local arn = boundary and boundary.permissions_boundary_arn
  if not arn then return nil end
  -- One that limits and is told by nobody must not look like none.
  local policy = managed[arn] or untold(arn)
  return {
    policy = policy.policy_name,
    policy_arn = arn,
    via = "boundary",
    inline = false,
    document = in_force(policy),
  }
end

local function principal(kind, detail, managed)
  return {
    kind = kind,
    name = detail[kind .. "_name"],
    arn = detail.arn,
    id = detail[kind .. "_id"],
    path = detail.path,
    create_date = detail.create_date,
    groups = detail.group_list or {},
    policies = {},
    boundary = boundary_of(managed, detail.permissions_boundary),
    trust = detail.assume_role_policy_document,
    role_last_used = detail.role_last_used,
    tags = detail.tags or {},
  }
end

---Who there is in the account, and what they have: one listing.
---@return policies.Account
function policies.account()
  local whole = details()
  local managed = list.index_by(whole.policies, "arn")
  local groups = list.index_by(whole.groups, "group_name")
  local principals = json.list()
  for _, user in ipairs(whole.users) do
    local one = principal("user", user, managed)
    add_sources(one.policies, managed, user.attached_managed_policies, user.user_policy_list)
    for _, name in ipairs(one.groups) do
      local group = groups[name] or untold("the group " .. name) ---@type table
      add_sources(one.policies, managed, group.attached_managed_policies, group.group_policy_list, "group " .. name)
    end
    principals[#principals + 1] = one
  end
  for _, role in ipairs(whole.roles) do
    local one = principal("role", role, managed)
    add_sources(one.policies, managed, role.attached_managed_policies, role.role_policy_list)
    principals[#principals + 1] = one
  end
  table.sort(principals, function(a, b)
    if a.kind ~= b.kind then return a.kind > b.kind end
    return a.name < b.name
  end)
  return { principals = principals, policies = managed, groups = groups }
end

---What IAM knows of every request of a principal's.
---@param one policies.Principal
---@return table<string, any>
local function known(one)
  ---@type table<string, any>
  local context = { ["aws:PrincipalArn"] = one.arn, ["aws:PrincipalAccount"] = one.arn:match ":(%d+):" }
  if one.kind == "user" then
    context["aws:username"] = one.name
    context["aws:userid"] = one.id
  end
  return context
end

---What a principal may do, for each action.
---@param one policies.Principal
---@param actions string[]
---@param resource? string Without it, on something.
---@param context? table<string, any> What is known beside who asks.
---@return access.Answer[]
function policies.decide(one, actions, resource, context)
  local all = known(one)
  for key, value in pairs(context or {}) do all[key] = value end
  return access.decide {
    policies = list.pluck(one.policies, "document"),
    boundaries = one.boundary and { one.boundary.document },
    actions = actions,
    resource = resource,
    context = all,
  }
end

-- What may be allowed, on a condition that is not known to hold, counts.
local function is_open(answer)
  return answer.decision == "allowed" or answer.decision == "conditional"
end

---Whether a principal may do all of these, or may on a condition that is not known to hold.
---@param one policies.Principal
---@param actions string[]
---@param resource? string Without it, on something.
---@return boolean
function policies.may(one, actions, resource)
  for _, answer in ipairs(policies.decide(one, actions, resource)) do
    if not is_open(answer) then return false end
  end
  return true
end

---A statement that had a say, and where a principal has it from.
---@param one policies.Principal
---@param said access.MatchedStatement
---@return policies.Source source
---@return access.Statement statement
function policies.statement(one, said)
  local source = assert(one.policies[said.policy])
  return source, assert(access.parse(source.document).statements[said.statement])
end

---A condition as a person reads it.
---@param statement access.Statement
---@return string
function policies.conditions(statement)
  local parts = {}
  for at, condition in ipairs(statement.conditions) do
    parts[at] = condition.key .. " " .. condition.operator .. " " .. table.concat(condition.values, "|")
  end
  return table.concat(parts, ", ")
end

local function on_what(statement)
  if statement.resources then return table.concat(statement.resources, ", ") end
  return "all but " .. table.concat(statement.not_resources or {}, ", ")
end

---@class policies.WhoOptions
---@field action string As in "ec2:TerminateInstances".
---@field resource? string An ARN; without it, on anything at all.
---@field context? table<string, any> What is known of the request, by condition keys.

---Who may do something, and by which statement: a row for each statement that allows it.
---@param given policies.WhoOptions
---@return table[] rows name, kind, arn, decision, policy, via, statement, resources, conditions
function policies.who_can(given)
  local wanted = options.read("policies.who_can", given, {
    action = { "string", required = true },
    resource = { "string" },
    context = { "map" },
  })
  if not wanted.action:find "^[%w-]+:[%w]+$" then
    local problem = "an action is SERVICE:NAME, as in ec2:TerminateInstances, not '" .. wanted.action .. "'"
    error("policies.who_can: " .. problem, 0)
  end
  local rows = json.list()
  for _, one in ipairs(policies.account().principals) do
    local answer = assert(policies.decide(one, { wanted.action }, wanted.resource, wanted.context)[1])
    for _, said in ipairs(is_open(answer) and answer.statements or {}) do
      local source, statement = policies.statement(one, said)
      if said.effect == "Allow" then
        rows[#rows + 1] = {
          name = one.name,
          kind = one.kind,
          arn = one.arn,
          decision = answer.decision,
          policy = source.policy,
          via = source.via,
          statement = statement.sid or tostring(said.statement),
          resources = on_what(statement),
          conditions = policies.conditions(statement),
        }
      end
    end
  end
  return rows
end

---All statements that hold for a principal, flat.
---@param arn string Of a user or a role.
---@return table[] rows policy, via, statement, effect, actions, resources, conditions
function policies.effective(arn)
  local rows = json.list()
  for _, one in ipairs(policies.account().principals) do
    if one.arn == arn then
      local sources = { table.unpack(one.policies) }
      sources[#sources + 1] = one.boundary
      for _, source in ipairs(sources) do
        for at, statement in ipairs(access.parse(source.document).statements) do
          local actions = statement.actions and table.concat(statement.actions, ", ")
          rows[#rows + 1] = {
            policy = source.policy,
            via = source.via,
            statement = statement.sid or tostring(at),
            effect = statement.effect,
            actions = actions or "all but " .. table.concat(statement.not_actions or {}, ", "),
            resources = on_what(statement),
            conditions = policies.conditions(statement),
          }
        end
      end
      return rows
    end
  end
  error("policies.effective: there is no user or role " .. arn, 0)
end

---Who may do everything, or can come to it, and by which way.
---@return findings.Finding[] rows name, kind, arn, way, policy
function policies.admins()
  return require("admins").list()
end

return policies
