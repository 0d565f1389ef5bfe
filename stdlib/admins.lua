-- Administrators of an account: users and roles that have administrator access, or can gain it.

local escalations = require "escalations"
local findings = require "findings"
local list = require "list"
local policies = require "policies"
local rows = require "rows"

local admins = {}

-- Two actions that no policy allows together without allowing everything.
local EVERYTHING = { "*", "iam:CreateUser" }

local function is_admin(principal)
  return policies.may(principal, EVERYTHING, "*")
end

---@return policies.Source source
---@return string decision
local function admin_source(principal)
  local answer = assert(policies.decide(principal, { "*" }, "*")[1])
  for _, match in ipairs(answer.statements) do
    if match.effect == "Allow" then return (policies.statement(principal, match)), answer.decision end
  end
  error("admins.list: " .. principal.arn .. " has administrator access, but no policy statement grants it", 0)
end

-- The name of no real resource: a principal that may act on it may act on every resource of the kind.
local ANY = "moonfleet-any-name-at-all"

local function partition_of(principal)
  return principal.arn:match "^arn:([^:]+):"
end

local function account_of(principal)
  return principal.arn:match ":(%d+):"
end

local function any_role(principal)
  return ("arn:%s:iam::%s:role/%s"):format(partition_of(principal), account_of(principal), ANY)
end

-- Returns the patterns in a principal's statements that allow all resources of a kind, as ARNs of such resources: a
-- policy can be limited to other regions than the session's.
local function allowed_patterns(principal, part)
  local found = {}
  for _, source in ipairs(principal.policies) do
    for _, statement in ipairs(access.parse(source.document).statements) do
      for _, resource in ipairs(statement.effect == "Allow" and statement.resources or {}) do
        local is_open = resource:find(part, 1, true) and resource:find "%*[^*:/]*$"
        if is_open then found[#found + 1] = (resource:gsub("%*", ANY)) end
      end
    end
  end
  return found
end

-- Returns the targets for all resources of a kind: `service` and `part` are those of an ARN, such as ec2 and
-- ":instance/".
local function every(service, part)
  return function(principal)
    local found = allowed_patterns(principal, ":" .. service .. ":")
    found = list.filter(found, function(text) return text:find(part, 1, true) ~= nil end)
    local own = ("arn:%s:%s:%s:%s%s%s"):format(
      partition_of(principal), service, aws.region, account_of(principal), part, ANY)
    found[#found + 1] = own
    return found
  end
end

-- The customer managed policies of a principal: a principal that can edit them can extend its own permissions.
local function own_policies(principal)
  local arns = list.pluck(principal.policies, "policy_arn")
  return list.reject(arns, function(arn) return arn:find(":iam::aws:", 1, true) end)
end

local function group_arns(names, account)
  return list.map(names, function(name) return account.groups[name].arn end)
end

local function administrator_roles(principal, _, administrators)
  local arns = list.pluck(administrators.role, "arn")
  arns[#arns + 1] = any_role(principal)
  return arns
end

-- The ARNs of each kind of target.
local TARGETS = {
  itself = function(principal) return { principal.arn } end,
  ["its groups"] = function(principal, account) return group_arns(principal.groups, account) end,
  ["its policies"] = own_policies,
  ["an administrator"] = function(_, _, administrators) return list.pluck(administrators.user, "arn") end,
  ["a group of administrators"] = function(_, account, administrators)
    return group_arns(administrators.groups, account)
  end,
  ["a role of administrators"] = administrator_roles,
  ["any role"] = function(principal) return { any_role(principal) } end,
  ["any instance"] = every("ec2", ":instance/"),
  ["any function"] = every("lambda", ":function:"),
  ["any task"] = every("ecs", ":task/"),
  ["any project"] = every("codebuild", ":project/"),
  ["any stack"] = every("cloudformation", ":stack/"),
  ["any notebook"] = every("sagemaker", ":notebook-instance/"),
}

local function may_on_any(principal, action, targets)
  for _, target in ipairs(targets) do
    if policies.may(principal, { action }, target) then return true end
  end
  return false
end

-- Whether a role's trust policy admits the caller.
local function admits(role, caller, context)
  local decision = assert(access.decide({
    policies = { role.trust },
    actions = { "sts:AssumeRole" },
    principals = caller,
    context = context,
  })[1]).decision
  return decision == "allowed" or decision == "conditional"
end

-- Whether a principal can have passed MFA. The session of a role has passed it if the user who assumed the role has;
-- services and identities of other providers never pass it.
local function can_pass_mfa(principal)
  if principal.kind ~= "role" then return true end
  return list.any(access.parse(principal.trust).statements, function(statement)
    return list.any(statement.principals or {}, function(one) return one.kind == "AWS" or one.kind == "*" end)
  end)
end

-- Whether a role's trust policy admits a principal of the role's own account.
local function admits_principal(role, principal)
  local id = account_of(role)
  local root = ("arn:%s:iam::%s:root"):format(partition_of(role), id)
  local context = not can_pass_mfa(principal) and { ["aws:MultiFactorAuthPresent"] = false } or nil
  return admits(role, { AWS = { id, root, principal.arn } }, context)
end

-- Whether a role of administrators trusts the service.
local function is_at_work(service, administrators)
  local known = administrators.services
  if known[service] == nil then
    known[service] = list.any(administrators.role, function(role) return admits(role, { Service = service }) end)
  end
  return known[service]
end

-- Whether a principal has this way. The additional actions may be allowed on any resource.
local function can_escalate(principal, way, account, administrators)
  if way.kind and way.kind ~= principal.kind then return false end
  if way.service and not is_at_work(way.service, administrators) then return false end
  local targets = TARGETS[way.on](principal, account, administrators)
  return may_on_any(principal, way.action, targets) and policies.may(principal, way.with or {})
end

-- The ways of a principal to administrator access.
---@return escalations.Way[]
local function ways_of(principal, account, administrators)
  return list.filter(escalations.list(), function(way) return can_escalate(principal, way, account, administrators) end)
end

local function actions_of(way)
  return table.concat({ way.action, table.unpack(way.with or {}) }, " + ")
end

-- The way of a principal that can remove its own permissions boundary, or nil. The boundary limits this action too.
---@return escalations.Way?
local function unbound_way(principal, account, administrators)
  if not principal.boundary then return nil end
  local kind = principal.kind == "user" and "User" or "Role"
  for _, verb in ipairs { "Delete", "Put" } do
    local action = "iam:" .. verb .. kind .. "PermissionsBoundary"
    if policies.may(principal, { action }, principal.arn) then
      local unbound = {}
      for name, value in pairs(principal) do unbound[name] = value end
      unbound.boundary = nil
      if is_admin(unbound) or #ways_of(unbound, account, administrators) > 0 then
        return { action = action, on = "itself", how = "can remove its own permissions boundary" }
      end
    end
  end
end

local function find_administrators(account)
  local administrators = { user = {}, role = {}, groups = {}, services = {} }
  local seen_groups = {}
  for _, principal in ipairs(account.principals) do
    if is_admin(principal) then
      table.insert(administrators[principal.kind], principal)
      local group = admin_source(principal).via:match "^group (.+)$"
      if group and not seen_groups[group] then
        seen_groups[group] = true
        table.insert(administrators.groups, group)
      end
    end
  end
  return administrators
end

-- "User anna", "Role deploy".
local function title(principal)
  return principal.kind:gsub("^%l", string.upper) .. " " .. principal.name
end

-- A role of a permission set of IAM Identity Center, which writes its policies.
local function is_permission_set(principal)
  return principal.path:find "^/aws%-reserved/sso%.amazonaws%.com/" ~= nil
end

local function about(principal, way, policy)
  return { name = principal.name, kind = principal.kind, arn = principal.arn, way = way, policy = policy or "" }
end

-- The severity, the finding, the source of the access, and the next step.
local function assess(principal, source)
  if is_permission_set(principal) then
    return "low", "admin-by-permission-set", "through a permission set", "check its assignments in IAM Identity Center"
  end
  if source.inline then
    local through = "through the inline policy " .. source.policy
    return "high", "admin-by-inline-policy", through, "replace it with a reviewed managed policy"
  end
  if not (source.policy_arn or ""):find(":iam::aws:", 1, true) then
    return "high", "admin-by-custom-policy", "through the policy " .. source.policy, "allow only the actions it needs"
  end
  local group = source.via:match "^group (.+)$"
  if group then return "low", "admin-by-group", "through the group " .. group, "check that it is still needed" end
  return "medium", "admin-attached", "through " .. source.policy, "grant it through a group or a monitored role"
end

local function direct(add, principal)
  local source, decision = admin_source(principal)
  local severity, finding, through, next_step = assess(principal, source)
  local when = decision == "conditional" and ", under a condition" or ""
  local detail = title(principal) .. " has administrator access " .. through .. when .. "; " .. next_step .. "."
  add(about(principal, source.via, source.policy), severity, finding, detail)
end

-- The number of ways that a finding describes; `ways` has all.
local DESCRIBED_WAYS = 3

-- Adds one finding for all ways of a principal.
local function add_ways(add, principal, ways)
  if #ways == 0 then return end
  local described = list.take(ways, DESCRIBED_WAYS)
  local can = table.concat(list.unique(list.pluck(described, "how")), ", ")
  local more = #ways - #described
  if more > 0 then can = can .. ", and has " .. rows.counted(more, "other way", "other ways") end
  local row = about(principal, actions_of(ways[1]))
  row.ways = list.map(ways, actions_of)
  local restrict = table.concat(list.map(described, actions_of), "; ")
  add(row, "high", "can-become-admin", title(principal) .. " " .. can .. "; restrict " .. restrict .. ".")
end

local function indirect(add, principal, account, administrators)
  local ways = ways_of(principal, account, administrators)
  ways[#ways + 1] = unbound_way(principal, account, administrators)
  add_ways(add, principal, ways)
  for _, role in ipairs(administrators.role) do
    local can_assume_it = principal ~= role and may_on_any(principal, "sts:AssumeRole", { role.arn })
    if can_assume_it and admits_principal(role, principal) then
      local conditions = policies.conditions(assert(access.parse(role.trust).statements[1]))
      local when = conditions ~= "" and " (" .. conditions .. ")" or ""
      local can_assume = title(principal) .. " can assume the role " .. role.name .. when
      local detail = can_assume .. ", which has administrator access; restrict who can assume it."
      local severity = conditions ~= "" and "low" or "medium"
      add(about(principal, "sts:AssumeRole " .. role.name), severity, "can-assume-admin", detail)
    end
  end
end

---Returns a finding for each user and role that has administrator access or can gain it, with the ways.
---Roles that only services assume are included; service-linked roles cannot be changed and are left out.
---@return findings.Finding[] found name, kind, arn, way, ways, policy
function admins.list()
  local account = policies.account()
  local administrators = find_administrators(account)
  local found, add = findings.list()
  for _, principal in ipairs(account.principals) do
    if principal.path:find("^/aws%-service%-role/") == nil then
      if is_admin(principal) then direct(add, principal) else indirect(add, principal, account, administrators) end
    end
  end
  return findings.sorted(found)
end

return admins
