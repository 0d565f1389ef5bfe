-- IAM policies: parse them, list the policies of users and roles, and decide which actions they allow.
-- All data comes from one listing, which contains an account's users, groups, roles and policies with their
-- documents. The policies of an organization, which can deny more, are not included.

local list = require "list"
local options = require "options"

local policies = {}

---A user or a role with all its policies.
---@class policies.Principal
---@field kind "user"|"role"
---@field name string
---@field arn string
---@field id string
---@field path string
---@field create_date Time
---@field groups string[] The names of a user's groups.
---@field policies policies.Source[]
---@field boundary? policies.Source
---@field trust? string The trust policy of a role: the principals that may assume it.
---@field role_last_used? table
---@field tags table<string, string>

---A policy document, and how the principal has it.
---@class policies.Source
---@field policy string The policy's name.
---@field policy_arn? string The ARN of a managed policy.
---@field via string "attached", "inline" or "group NAME".
---@field inline boolean
---@field document string

---@class policies.Account
---@field principals policies.Principal[]
---@field policies table<string, table> Managed policies by their ARNs.
---@field groups table<string, table> Groups by their names.

---Parses a document into a list of statements.
---@param document access.Document
---@return access.Parsed
function policies.parse(document)
  return access.parse(document)
end

---Returns whether a document allows an action. A condition that the context does not decide counts as not met.
---@param document access.Document
---@param action string
---@param resource? string Default: at least one resource.
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

local function default_document(managed)
  for _, version in ipairs(managed.policy_version_list or {}) do
    if version.is_default_version then return version.document end
  end
  error("iam.get_account_authorization_details: " .. managed.arn .. " has no default version", 0)
end

-- The lists of all pages, joined.
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
local function missing_in_response(item)
  error("iam.get_account_authorization_details: the response refers to " .. item .. ", but does not contain it", 0)
end

-- Appends the attached and inline policies of a user, group or role.
local function add_sources(sources, managed, attached, inline, via)
  for _, attachment in ipairs(attached or {}) do
    local policy = managed[attachment.policy_arn]
    if not policy then missing_in_response(attachment.policy_arn) end
    sources[#sources + 1] = {
      policy = attachment.policy_name,
      policy_arn = attachment.policy_arn,
      via = via or "attached",
      inline = false,
      document = default_document(policy),
    }
  end
  for _, inline_policy in ipairs(inline or {}) do
    sources[#sources + 1] = {
      policy = inline_policy.policy_name,
      via = via or "inline",
      inline = true,
      document = inline_policy.policy_document,
    }
  end
end

local function boundary_of(managed, boundary)
  local arn = boundary and boundary.permissions_boundary_arn
  if not arn then return nil end
  -- A boundary that is missing in the response must not be treated as no boundary.
  local policy = managed[arn] or missing_in_response(arn)
  return {
    policy = policy.policy_name,
    policy_arn = arn,
    via = "boundary",
    inline = false,
    document = default_document(policy),
  }
end

local function new_principal(kind, detail, managed)
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

---Returns the account's users, roles, groups and managed policies, from one listing.
---@return policies.Account
function policies.account()
  local whole = details()
  local managed = list.index_by(whole.policies, "arn")
  local groups = list.index_by(whole.groups, "group_name")
  local principals = json.list()
  for _, user in ipairs(whole.users) do
    local principal = new_principal("user", user, managed)
    add_sources(principal.policies, managed, user.attached_managed_policies, user.user_policy_list)
    for _, name in ipairs(principal.groups) do
      local group = groups[name] or missing_in_response("the group " .. name) ---@type table
      local via = "group " .. name
      add_sources(principal.policies, managed, group.attached_managed_policies, group.group_policy_list, via)
    end
    principals[#principals + 1] = principal
  end
  for _, role in ipairs(whole.roles) do
    local principal = new_principal("role", role, managed)
    add_sources(principal.policies, managed, role.attached_managed_policies, role.role_policy_list)
    principals[#principals + 1] = principal
  end
  table.sort(principals, function(a, b)
    if a.kind ~= b.kind then return a.kind > b.kind end
    return a.name < b.name
  end)
  return { principals = principals, policies = managed, groups = groups }
end

---The condition keys that IAM sets in every request of a principal.
---@param principal policies.Principal
---@return table<string, any>
local function request_context(principal)
  ---@type table<string, any>
  local context = { ["aws:PrincipalArn"] = principal.arn, ["aws:PrincipalAccount"] = principal.arn:match ":(%d+):" }
  if principal.kind == "user" then
    context["aws:username"] = principal.name
    context["aws:userid"] = principal.id
  end
  return context
end

---Returns the decision for each action of a principal.
---@param principal policies.Principal
---@param actions string[]
---@param resource? string Default: at least one resource.
---@param context? table<string, any> Condition keys of the request, in addition to those of the principal.
---@return access.Answer[]
function policies.decide(principal, actions, resource, context)
  local all = request_context(principal)
  for key, value in pairs(context or {}) do all[key] = value end
  return access.decide {
    policies = list.pluck(principal.policies, "document"),
    boundaries = principal.boundary and { principal.boundary.document },
    actions = actions,
    resource = resource,
    context = all,
  }
end

-- A decision that depends on an unknown condition counts as open.
local function is_open(answer)
  return answer.decision == "allowed" or answer.decision == "conditional"
end

---Returns whether a principal may call all of the actions, or may under an unknown condition.
---@param principal policies.Principal
---@param actions string[]
---@param resource? string Default: at least one resource.
---@return boolean
function policies.may(principal, actions, resource)
  for _, answer in ipairs(policies.decide(principal, actions, resource)) do
    if not is_open(answer) then return false end
  end
  return true
end

---Returns a statement that contributed to a decision, and the source of its policy.
---@param principal policies.Principal
---@param match access.MatchedStatement
---@return policies.Source source
---@return access.Statement statement
function policies.statement(principal, match)
  local source = assert(principal.policies[match.policy])
  return source, assert(access.parse(source.document).statements[match.statement])
end

---Returns the conditions of a statement as text.
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
  return "all except " .. table.concat(statement.not_resources or {}, ", ")
end

---@class policies.WhoOptions
---@field action string For example "ec2:TerminateInstances".
---@field resource? string An ARN. Default: at least one resource.
---@field context? table<string, any> Condition keys of the request, with their values.

-- The row of the root user. No policy of the account limits it. Nil if it has no credentials.
local function root_row()
  if not require("users").has_root_credentials() then return nil end
  local account = aws.whoami().account
  return {
    name = "<root_account>",
    kind = "root",
    arn = ("arn:%s:iam::%s:root"):format(require("arn").partition_of(aws.region), account),
    decision = "allowed",
    policy = "",
    via = "root user",
    statement = "",
    resources = "*",
    conditions = "",
  }
end

---Returns the principals that may call an action: a row for each statement that allows it, and one for the root user,
---if it has credentials. Policies of organizations, which can deny the action, and policies of resources, which can
---allow it to other principals, are not evaluated.
---@param opts policies.WhoOptions
---@return table[] rows name, kind, arn, decision, policy, via, statement, resources, conditions
function policies.who_can(opts)
  local settings = options.read("policies.who_can", opts, {
    action = { "string", required = true },
    resource = { "string" },
    context = { "map" },
  })
  if not settings.action:find "^[%w-]+:[%w]+$" then
    local problem = "an action must be SERVICE:NAME, such as ec2:TerminateInstances, not '" .. settings.action .. "'"
    error("policies.who_can: " .. problem, 0)
  end
  local rows = json.list()
  for _, principal in ipairs(policies.account().principals) do
    local answer = assert(policies.decide(principal, { settings.action }, settings.resource, settings.context)[1])
    for _, match in ipairs(is_open(answer) and answer.statements or {}) do
      local source, statement = policies.statement(principal, match)
      if match.effect == "Allow" then
        rows[#rows + 1] = {
          name = principal.name,
          kind = principal.kind,
          arn = principal.arn,
          decision = answer.decision,
          policy = source.policy,
          via = source.via,
          statement = statement.sid or tostring(match.statement),
          resources = on_what(statement),
          conditions = policies.conditions(statement),
        }
      end
    end
  end
  rows[#rows + 1] = root_row()
  return rows
end

---Returns all statements that apply to a principal, as flat rows.
---@param arn string The ARN of a user or a role.
---@return table[] rows policy, via, statement, effect, actions, resources, conditions
function policies.effective(arn)
  local rows = json.list()
  for _, principal in ipairs(policies.account().principals) do
    if principal.arn == arn then
      local sources = { table.unpack(principal.policies) }
      sources[#sources + 1] = principal.boundary
      for _, source in ipairs(sources) do
        for at, statement in ipairs(access.parse(source.document).statements) do
          local actions = statement.actions and table.concat(statement.actions, ", ")
          rows[#rows + 1] = {
            policy = source.policy,
            via = source.via,
            statement = statement.sid or tostring(at),
            effect = statement.effect,
            actions = actions or "all except " .. table.concat(statement.not_actions or {}, ", "),
            resources = on_what(statement),
            conditions = policies.conditions(statement),
          }
        end
      end
      return rows
    end
  end
  error("policies.effective: no such user or role: " .. arn, 0)
end

---Returns a finding for each user and role that has administrator access or can gain it.
---@return findings.Finding[] rows name, kind, arn, way, policy
function policies.admins()
  return require("admins").list()
end

return policies
