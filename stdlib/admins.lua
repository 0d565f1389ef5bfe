-- Administrators of an account: users and roles that have administrator access, or can gain it.

local findings = require "findings"
local list = require "list"
local policies = require "policies"

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

-- The name of no real role: a principal that may act on it may act on every role.
local ANY_ROLE = "moonfleet-any-name-at-all"

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
  arns[#arns + 1] = "arn:aws:iam::" .. principal.arn:match ":(%d+):" .. ":role/" .. ANY_ROLE
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
}

-- Privilege escalations: a principal that may call the action on one of the targets, and the additional
-- actions (`with`), can become an administrator.
local ESCALATIONS = {
  { kind = "user", action = "iam:AttachUserPolicy", on = "itself", how = "can attach any policy to itself" },
  { kind = "user", action = "iam:PutUserPolicy", on = "itself", how = "can write its own inline policies" },
  { kind = "role", action = "iam:AttachRolePolicy", on = "itself", how = "can attach any policy to itself" },
  { kind = "role", action = "iam:PutRolePolicy", on = "itself", how = "can write its own inline policies" },
  { action = "iam:AttachGroupPolicy", on = "its groups", how = "can attach any policy to its own group" },
  { action = "iam:PutGroupPolicy", on = "its groups", how = "can write inline policies of its own group" },
  { action = "iam:CreatePolicyVersion", on = "its policies", how = "can rewrite one of its own policies" },
  { action = "iam:SetDefaultPolicyVersion", on = "its policies", how = "can activate other versions of its policies" },
  { kind = "user", action = "iam:AddUserToGroup", on = "a group of administrators", how = "can join administrators" },
  { action = "iam:CreateAccessKey", on = "an administrator", how = "can create access keys for an administrator" },
  { action = "iam:CreateLoginProfile", on = "an administrator", how = "can create a password for an administrator" },
  { action = "iam:UpdateLoginProfile", on = "an administrator", how = "can change an administrator's password" },
  {
    action = "iam:UpdateAssumeRolePolicy",
    on = "a role of administrators",
    with = { "sts:AssumeRole" },
    how = "can allow itself to assume any role",
  },
  {
    action = "iam:PassRole",
    on = "a role of administrators",
    with = { "ec2:RunInstances" },
    how = "can launch an instance with any role",
  },
  {
    action = "iam:PassRole",
    on = "a role of administrators",
    with = { "lambda:CreateFunction", "lambda:InvokeFunction" },
    how = "can run a Lambda function with any role",
  },
  {
    action = "iam:PassRole",
    on = "a role of administrators",
    with = { "cloudformation:CreateStack" },
    how = "can create a CloudFormation stack with any role",
  },
}

local function may_on_any(principal, action, targets)
  for _, target in ipairs(targets) do
    if policies.may(principal, { action }, target) then return true end
  end
  return false
end

-- Whether a principal can take this escalation. The additional actions may be allowed on any resource.
local function can_escalate(principal, escalation, account, administrators)
  if escalation.kind and escalation.kind ~= principal.kind then return false end
  local targets = TARGETS[escalation.on](principal, account, administrators)
  return may_on_any(principal, escalation.action, targets) and policies.may(principal, escalation.with or {})
end

-- Whether a role's trust policy admits a principal of the role's own account.
local function admits(role, principal)
  local id = role.arn:match ":(%d+):"
  local decision = assert(access.decide({
    policies = { role.trust },
    actions = { "sts:AssumeRole" },
    principals = { AWS = { id, "arn:aws:iam::" .. id .. ":root", principal.arn } },
  })[1]).decision
  return decision == "allowed" or decision == "conditional"
end

local function find_administrators(account)
  local administrators = { user = {}, role = {}, groups = {} }
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

local function about(principal, way, policy)
  return { name = principal.name, kind = principal.kind, arn = principal.arn, way = way, policy = policy or "" }
end

-- The severity, the finding, the source of the access, and the next step.
local function assess(source)
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
  local severity, finding, through, next_step = assess(source)
  local when = decision == "conditional" and ", under a condition" or ""
  local detail = title(principal) .. " has administrator access " .. through .. when .. "; " .. next_step .. "."
  add(about(principal, source.via, source.policy), severity, finding, detail)
end

local function indirect(add, principal, account, administrators)
  for _, escalation in ipairs(ESCALATIONS) do
    if can_escalate(principal, escalation, account, administrators) then
      local actions = table.concat({ escalation.action, table.unpack(escalation.with or {}) }, " + ")
      local detail = title(principal) .. " " .. escalation.how .. "; restrict " .. actions .. "."
      add(about(principal, actions), "high", "can-become-admin", detail)
    end
  end
  for _, role in ipairs(administrators.role) do
    if principal ~= role and admits(role, principal) and may_on_any(principal, "sts:AssumeRole", { role.arn }) then
      local conditions = policies.conditions(assert(access.parse(role.trust).statements[1]))
      local when = conditions ~= "" and " (" .. conditions .. ")" or ""
      local can_assume = title(principal) .. " can assume the role " .. role.name .. when
      local detail = can_assume .. ", which has administrator access; restrict who can assume it."
      local severity = conditions ~= "" and "low" or "medium"
      add(about(principal, "sts:AssumeRole " .. role.name), severity, "can-assume-admin", detail)
    end
  end
end

---Returns a finding for each user and role that has administrator access or can gain it, with the way.
---Roles that only services assume are included; service-linked roles cannot be changed and are left out.
---@return findings.Finding[] found name, kind, arn, way, policy
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
