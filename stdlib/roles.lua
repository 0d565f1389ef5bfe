-- IAM's roles: which are used, and who from outside may assume them.

local findings = require "findings"
local list = require "list"
local options = require "options"
local policies = require "policies"
local rows = require "rows"

local roles = {}

-- A role that a service keeps for itself: nobody can delete it but through the service.
local function is_services(role)
  return role.path:find "^/aws%-service%-role/" ~= nil
end

local function all()
  return list.filter(policies.account().principals, function(one) return one.kind == "role" end)
end

local function last_used(role)
  return role.role_last_used and role.role_last_used.last_used_date
end

---All roles, flat.
---@return table[] found name, role_id, arn, path, create_date, age, last_used, idle, policies, service_linked, tags
function roles.list()
  local found = json.list()
  for at, role in ipairs(all()) do
    local used = last_used(role)
    found[at] = {
      name = role.name,
      role_id = role.id,
      arn = role.arn,
      path = role.path,
      create_date = role.create_date,
      age = rows.age(role.create_date),
      last_used = used,
      idle = used and rows.age(used),
      policies = list.pluck(role.policies, "policy"),
      service_linked = is_services(role),
      tags = role.tags,
    }
  end
  return found
end

---@class roles.UnusedOptions
---@field unused? string|number For how long a role may lie idle, "90d" if it is not said.

---Roles that nobody has used for long, or ever; a young one has time. AWS remembers 400 days.
---@param given? roles.UnusedOptions
---@return findings.Finding[] found name, arn, create_date, age, last_used, policies
function roles.unused(given)
  local wanted = options.read("roles.unused", given, { unused = { "duration", default = time.days(90) } })
  local found, add = findings.list()
  for _, role in ipairs(roles.list()) do
    local it = {
      name = role.name,
      arn = role.arn,
      create_date = role.create_date,
      age = role.age,
      last_used = role.last_used,
      policies = role.policies,
    }
    local idle = role.idle or role.age
    if not role.service_linked and idle >= wanted.unused then
      local days = rows.days(idle)
      if role.last_used then
        local detail = role.name .. " was not used for " .. days .. " days; delete it if nobody misses it."
        add(it, "low", "unused-role", detail)
      else
        add(it, "medium", "never-used-role", role.name .. " is " .. days .. " days old and was never used; delete it.")
      end
    end
  end
  return findings.sorted(found)
end

-- Conditions that tell one caller of an account from the others.
local NARROW = {
  ["aws:principalarn"] = true,
  ["aws:principalorgid"] = true,
  ["aws:principalorgpaths"] = true,
  ["aws:sourceaccount"] = true,
  ["aws:sourcearn"] = true,
  ["aws:sourceorgid"] = true,
  ["aws:userid"] = true,
  ["sts:externalid"] = true,
}

-- Only conditions that must hold count, and no value that takes everything.
local function has_condition(statement, wanted)
  for _, condition in ipairs(statement.conditions) do
    local must = not condition.operator:find "IfExists$" and not condition.operator:find "^ForAllValues:"
    must = must and not condition.operator:find "Not" and condition.operator ~= "Null"
    if must and wanted(condition.key:lower(), condition) then
      local open = false
      for _, value in ipairs(condition.values) do open = open or value:find "^[*?]+$" ~= nil end
      if not open then return true end
    end
  end
  return false
end

local function is_narrow(statement)
  return has_condition(statement, function(key) return NARROW[key] end)
end

local function lets_in(statement)
  if statement.effect ~= "Allow" then return false end
  if statement.not_actions then return true end
  for _, action in ipairs(statement.actions) do
    if action:lower():find "assumerole" or action:find "%*" then return true end
  end
  return false
end

local function account_of(principal)
  return principal.value:match "^%d%d%d%d%d%d%d%d%d%d%d%d$" or principal.value:match "^arn:[^:]+:[^:]+::(%d+):"
end

local function of_aws(add, it, statement, principal, trusted)
  local account = account_of(principal)
  if not account then
    local detail = it.name .. " trusts " .. principal.value .. ", which is nobody any more; take it out."
    return add(it, "low", "trust-in-nobody", detail)
  end
  if account == it.arn:match ":(%d+):" then return end
  local who = "account " .. account
  if trusted[account] then
    return add(it, "info", "trust-in-own-account", it.name .. " can be assumed by " .. who .. ", which is one's own.")
  end
  if is_narrow(statement) then
    local detail = it.name .. " can be assumed by " .. who .. " on a condition; see that it still has to."
    return add(it, "info", "trust-in-account", detail)
  end
  local detail = it.name .. " can be assumed by " .. who .. " without an external id; ask for one, or name who may."
  add(it, "high", "trust-without-external-id", detail)
end

-- Whether a subject's pattern leaves open whose it is: `repo:*`, `*`, but not `repo:house/*`.
local function is_open(pattern)
  local before = pattern:match "^[^*?]*"
  if before == pattern then return false end
  return before == "" or before:find ":$" ~= nil and before:find "/" == nil
end

-- One of the patterns that leave open whose a subject is, and one that is a pattern at all.
---@param subjects string[]
---@return string? open
---@return string? wide
local function widest(subjects)
  local open, wide
  for _, subject in ipairs(subjects) do
    if is_open(subject) then open = subject end
    if subject:find "[*?]" then wide = subject end
  end
  return open, wide
end

local function of_open_id(add, it, statement, provider)
  local url = provider:match ":oidc%-provider/(.+)$" or provider
  local subjects = {}
  has_condition(statement, function(key, condition)
    if key == url:lower() .. ":sub" then table.move(condition.values, 1, #condition.values, #subjects + 1, subjects) end
    return false
  end)
  local open, wide = widest(subjects)
  if #subjects == 0 then
    local detail = "Anybody at " .. url .. " can assume " .. it.name .. "; add a condition on " .. url .. ":sub."
    return add(it, "critical", "trust-in-any-identity", detail)
  end
  if open then
    local who = "Anybody at " .. url .. " whose subject is like " .. open
    local detail = who .. " can assume " .. it.name .. "; name whose."
    return add(it, "critical", "trust-in-any-identity", detail)
  end
  if wide then
    local detail = it.name .. " can be assumed from " .. url .. " by all that is like " .. wide .. "; name what has to."
    return add(it, "medium", "wide-federation", detail)
  end
  add(it, "info", "federation", it.name .. " can be assumed from " .. url .. ", by what its condition names.")
end

local function of_federation(add, it, statement, principal)
  local provider = principal.value
  if provider:find(":saml-provider/", 1, true) then
    if has_condition(statement, function(key) return key:find "^saml:" end) then
      local detail = it.name .. " can be assumed by who signs in with " .. provider:match "([^/]+)$" .. "."
      return add(it, "info", "federation", detail)
    end
    local detail = it.name .. " takes any answer of " .. provider:match "([^/]+)$" .. "; add a condition on SAML:aud."
    return add(it, "medium", "wide-federation", detail)
  end
  of_open_id(add, it, statement, provider)
end

local function of_everybody(add, it, statement)
  if is_narrow(statement) then
    local detail = it.name .. " can be assumed by everybody on a condition; name the accounts instead."
    return add(it, "medium", "trust-in-everybody", detail)
  end
  local detail = "Everybody who has an AWS account can assume " .. it.name .. "; name who may."
  add(it, "critical", "trust-in-everybody", detail)
end

local function look(add, role, trusted)
  for _, statement in ipairs(access.parse(role.trust).statements) do
    if lets_in(statement) then
      local it = {
        name = role.name,
        arn = role.arn,
        policies = list.pluck(role.policies, "policy"),
        conditions = policies.conditions(statement),
      }
      if statement.not_principals then
        it.principal = "all but some"
        add(it, "critical", "trust-in-everybody", role.name .. " trusts all but some; name who may.")
      end
      for _, principal in ipairs(statement.principals or {}) do
        it.principal = principal.value
        if principal.value == "*" then
          of_everybody(add, it, statement)
        elseif principal.kind == "AWS" then
          of_aws(add, it, statement, principal, trusted)
        elseif principal.kind == "Federated" then
          of_federation(add, it, statement, principal)
        end
      end
    end
  end
end

---@class roles.TrustOptions
---@field trusted? string|string[] Accounts that are one's own as well.

---Who from outside the account may assume what: other accounts, federations, everybody. What is in
---order is told too, as `info`.
---@param given? roles.TrustOptions
---@return findings.Finding[] found name, arn, principal, conditions, policies
function roles.trust(given)
  local wanted = options.read("roles.trust", given, { trusted = { "list", default = {} } })
  local trusted = {}
  for _, account in ipairs(wanted.trusted) do
    if not account:find "^%d%d%d%d%d%d%d%d%d%d%d%d$" then
      error("roles.trust: an account is twelve digits, not '" .. account .. "'", 0)
    end
    trusted[account] = true
  end
  local found, add = findings.list()
  for _, role in ipairs(all()) do look(add, role, trusted) end
  return findings.sorted(found)
end

return roles
