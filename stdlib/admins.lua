-- Administrators: who may do everything in an account, and who can come to it.

local findings = require "findings"
local list = require "list"
local policies = require "policies"

local admins = {}

-- Two actions that no policy allows together without allowing everything.
local EVERYTHING = { "*", "iam:CreateUser" }

local function is_admin(one)
  return policies.may(one, EVERYTHING, "*")
end

---@return policies.Source source
---@return string decision
local function admin_source(one)
  local answer = assert(policies.decide(one, { "*" }, "*")[1])
  for _, said in ipairs(answer.statements) do
    if said.effect == "Allow" then return (policies.statement(one, said)), answer.decision end
  end
  error("admins.list: " .. one.arn .. " may do everything, and nothing says why", 0)
end

-- A name that nobody has: who may do it to this one may do it to all.
local NOBODY = "moonfleet-any-name-at-all"

-- The customer's policies that somebody has: whoever writes them writes his own permissions.
local function own_policies(one)
  return list.reject(list.pluck(one.policies, "policy_arn"), function(arn) return arn:find(":iam::aws:", 1, true) end)
end

local function group_arns(names, account)
  return list.map(names, function(name) return account.groups[name].arn end)
end

local function roles_like(one, _, chiefs)
  local arns = list.pluck(chiefs.role, "arn")
  arns[#arns + 1] = "arn:aws:iam::" .. one.arn:match ":(%d+):" .. ":role/" .. NOBODY
  return arns
end

local ON = {
  itself = function(one) return { one.arn } end,
  ["its groups"] = function(one, account) return group_arns(one.groups, account) end,
  ["its policies"] = own_policies,
  ["an administrator"] = function(_, _, chiefs) return list.pluck(chiefs.user, "arn") end,
  ["a group of administrators"] = function(_, account, chiefs) return group_arns(chiefs.groups, account) end,
  ["a role of administrators"] = roles_like,
}

-- How somebody becomes an administrator who is none: by one action on something, with others
-- that come with it.
local WAYS = {
  { kind = "user", action = "iam:AttachUserPolicy", on = "itself", how = "may attach any policy to itself" },
  { kind = "user", action = "iam:PutUserPolicy", on = "itself", how = "may write its own policy" },
  { kind = "role", action = "iam:AttachRolePolicy", on = "itself", how = "may attach any policy to itself" },
  { kind = "role", action = "iam:PutRolePolicy", on = "itself", how = "may write its own policy" },
  { action = "iam:AttachGroupPolicy", on = "its groups", how = "may attach any policy to its own group" },
  { action = "iam:PutGroupPolicy", on = "its groups", how = "may write its own group's policy" },
  { action = "iam:CreatePolicyVersion", on = "its policies", how = "may rewrite a policy that it has" },
  { action = "iam:SetDefaultPolicyVersion", on = "its policies", how = "may choose which version of its policy holds" },
  { kind = "user", action = "iam:AddUserToGroup", on = "a group of administrators", how = "may join administrators" },
  { action = "iam:CreateAccessKey", on = "an administrator", how = "may make keys for an administrator" },
  { action = "iam:CreateLoginProfile", on = "an administrator", how = "may give an administrator a password" },
  { action = "iam:UpdateLoginProfile", on = "an administrator", how = "may set an administrator's password" },
  {
    action = "iam:UpdateAssumeRolePolicy",
    on = "a role of administrators",
    with = { "sts:AssumeRole" },
    how = "may let itself assume any role",
  },
  {
    action = "iam:PassRole",
    on = "a role of administrators",
    with = { "ec2:RunInstances" },
    how = "may start a machine with any role",
  },
  {
    action = "iam:PassRole",
    on = "a role of administrators",
    with = { "lambda:CreateFunction", "lambda:InvokeFunction" },
    how = "may run a function with any role",
  },
  {
    action = "iam:PassRole",
    on = "a role of administrators",
    with = { "cloudformation:CreateStack" },
    how = "may build a stack with any role",
  },
}

local function may_on_any(one, action, targets)
  for _, target in ipairs(targets) do
    if policies.may(one, { action }, target) then return true end
  end
  return false
end

-- What is allowed on something is enough for what comes with it.
local function goes(one, way, account, chiefs)
  if way.kind and way.kind ~= one.kind then return false end
  return may_on_any(one, way.action, ON[way.on](one, account, chiefs)) and policies.may(one, way.with or {})
end

-- Whether a role's document lets somebody of its own account in.
local function admits(role, one)
  local id = role.arn:match ":(%d+):"
  local decision = assert(access.decide({
    policies = { role.trust },
    actions = { "sts:AssumeRole" },
    principals = { AWS = { id, "arn:aws:iam::" .. id .. ":root", one.arn } },
  })[1]).decision
  return decision == "allowed" or decision == "conditional"
end

local function sort_out(account)
  local chiefs = { user = {}, role = {}, groups = {} }
  local of_groups = {}
  for _, one in ipairs(account.principals) do
    if is_admin(one) then
      table.insert(chiefs[one.kind], one)
      local group = admin_source(one).via:match "^group (.+)$"
      if group and not of_groups[group] then
        of_groups[group] = true
        table.insert(chiefs.groups, group)
      end
    end
  end
  return chiefs
end

local function about(one, way, policy)
  return { name = one.name, kind = one.kind, arn = one.arn, way = way, policy = policy or "" }
end

-- How bad each way is, what it is called, and what to do about it.
local function judged(source)
  if source.inline then
    return "high", "admin-by-inline-policy", "by the inline policy " .. source.policy, "use a managed one, on purpose"
  end
  if not (source.policy_arn or ""):find(":iam::aws:", 1, true) then
    return "high", "admin-by-custom-policy", "by the policy " .. source.policy, "name the actions that it needs"
  end
  local group = source.via:match "^group (.+)$"
  if group then return "low", "admin-by-group", "as a member of " .. group, "see that it still has to" end
  return "medium", "admin-attached", "by " .. source.policy, "give it to a group or a role that is watched"
end

local function direct(add, one)
  local source, decision = admin_source(one)
  local severity, finding, how, what_to_do = judged(source)
  local when = decision == "conditional" and ", on a condition" or ""
  local detail = one.kind .. " " .. one.name .. " may do everything " .. how .. when .. "; " .. what_to_do .. "."
  add(about(one, source.via, source.policy), severity, finding, detail)
end

local function indirect(add, one, account, chiefs)
  local who = one.kind .. " " .. one.name
  for _, way in ipairs(WAYS) do
    if goes(one, way, account, chiefs) then
      local actions = table.concat({ way.action, table.unpack(way.with or {}) }, " + ")
      add(about(one, actions), "high", "can-become-admin", who .. " " .. way.how .. "; limit " .. actions .. ".")
    end
  end
  for _, role in ipairs(chiefs.role) do
    if one ~= role and admits(role, one) and may_on_any(one, "sts:AssumeRole", { role.arn }) then
      local conditions = policies.conditions(assert(access.parse(role.trust).statements[1]))
      local when = conditions ~= "" and " (" .. conditions .. ")" or ""
      local detail = who .. " may assume the role " .. role.name .. when .. ", which may do everything."
      local severity = conditions ~= "" and "low" or "medium"
      add(about(one, "sts:AssumeRole " .. role.name), severity, "can-assume-admin", detail)
    end
  end
end

---Who may do everything, or can come to it, and by which way. Roles that only services use are
---told as roles are; what services keep for themselves cannot be changed and is left out.
---@return findings.Finding[] found name, kind, arn, way, policy
function admins.list()
  local account = policies.account()
  local chiefs = sort_out(account)
  local found, add = findings.list()
  for _, one in ipairs(account.principals) do
    if one.path:find("^/aws%-service%-role/") == nil then
      if is_admin(one) then direct(add, one) else indirect(add, one, account, chiefs) end
    end
  end
  return findings.sorted(found)
end

return admins
