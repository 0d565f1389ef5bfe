-- IAM roles: unused roles, and principals outside the account that may assume roles.

local findings = require "findings"
local list = require "list"
local options = require "options"
local policies = require "policies"
local rows = require "rows"

local roles = {}

-- A service-linked role can only be deleted through its service.
local function is_service_linked(role)
  return role.path:find "^/aws%-service%-role/" ~= nil
end

local function all()
  return list.filter(policies.account().principals, function(one) return one.kind == "role" end)
end

local function last_used(role)
  return role.role_last_used and role.role_last_used.last_used_date
end

---Returns a flat row for each role.
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
      service_linked = is_service_linked(role),
      tags = role.tags,
    }
  end
  return found
end

---@class roles.UnusedOptions
---@field unused? string|number The maximum time without use. Default: "90d".

---Returns a finding for each role without recent use, and for each old role that was never used. AWS records 400 days.
---@param opts? roles.UnusedOptions
---@return findings.Finding[] found name, arn, create_date, age, last_used, policies
function roles.unused(opts)
  local settings = options.read("roles.unused", opts, { unused = { "duration", default = time.days(90) } })
  local found, add = findings.list()
  for _, role in ipairs(roles.list()) do
    local row = {
      name = role.name,
      arn = role.arn,
      create_date = role.create_date,
      age = role.age,
      last_used = role.last_used,
      policies = role.policies,
    }
    local idle = role.idle or role.age
    if not role.service_linked and idle >= settings.unused then
      local days = rows.age_in_days(idle)
      if role.last_used then
        local detail = "Role " .. role.name .. " was last used " .. days .. " ago; delete it if it is not needed."
        add(row, "low", "unused-role", detail)
      else
        local detail = "Role " .. role.name .. " is " .. days .. " old and was never used; delete it."
        add(row, "medium", "never-used-role", detail)
      end
    end
  end
  return findings.sorted(found)
end

-- Condition keys that restrict the callers of an account.
local RESTRICTING_KEYS = {
  ["aws:principalarn"] = true,
  ["aws:principalorgid"] = true,
  ["aws:principalorgpaths"] = true,
  ["aws:sourceaccount"] = true,
  ["aws:sourcearn"] = true,
  ["aws:sourceorgid"] = true,
  ["aws:userid"] = true,
  ["sts:externalid"] = true,
}

-- Only conditions that must hold count, and only if none of their values matches everything.
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

local function is_restricted(statement)
  return has_condition(statement, function(key) return RESTRICTING_KEYS[key] end)
end

local function allows_assume_role(statement)
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

local function check_aws_principal(add, row, statement, principal, trusted)
  local account = account_of(principal)
  if not account then
    local detail = "Role " .. row.name .. " trusts the deleted principal " .. principal.value .. "; remove it."
    return add(row, "low", "trust-in-deleted-principal", detail)
  end
  if account == row.arn:match ":(%d+):" then return end
  local can_assume = "Account " .. account .. " can assume the role " .. row.name
  if trusted[account] then
    return add(row, "info", "trust-in-own-account", can_assume .. "; it is one of your own accounts.")
  end
  if is_restricted(statement) then
    return add(row, "info", "trust-in-account", can_assume .. " under a condition; check that it is still needed.")
  end
  local detail = can_assume .. " without an external ID; require one, or name the principals that need the role."
  add(row, "high", "trust-without-external-id", detail)
end

-- Whether a subject's pattern leaves its owner open: `repo:*`, `*`, but not `repo:house/*`.
local function is_open(pattern)
  local before = pattern:match "^[^*?]*"
  if before == pattern then return false end
  return before == "" or before:find ":$" ~= nil and before:find "/" == nil
end

-- Returns a pattern that leaves the subject's owner open, and any pattern with a wildcard.
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

local function check_open_id(add, row, statement, provider)
  local url = provider:match ":oidc%-provider/(.+)$" or provider
  local subjects = {}
  has_condition(statement, function(key, condition)
    if key == url:lower() .. ":sub" then table.move(condition.values, 1, #condition.values, #subjects + 1, subjects) end
    return false
  end)
  local open, wide = widest(subjects)
  if #subjects == 0 then
    local detail = "Any identity of " .. url .. " can assume the role " .. row.name
      .. "; add a condition on " .. url .. ":sub."
    return add(row, "critical", "trust-in-any-identity", detail)
  end
  if open then
    local detail = "Any identity of " .. url .. " whose subject matches " .. open .. " can assume the role " .. row.name
      .. "; name the owner in the pattern."
    return add(row, "critical", "trust-in-any-identity", detail)
  end
  if wide then
    local detail = "Every subject of " .. url .. " that matches " .. wide .. " can assume the role " .. row.name
      .. "; name the subjects that need it."
    return add(row, "medium", "wide-federation", detail)
  end
  local detail = "The subjects of " .. url .. " in its condition can assume the role " .. row.name .. "."
  add(row, "info", "federation", detail)
end

local function check_federation(add, row, statement, principal)
  local provider = principal.value
  if provider:find(":saml-provider/", 1, true) then
    local name = provider:match "([^/]+)$"
    if has_condition(statement, function(key) return key:find "^saml:" end) then
      local detail = "Users of the SAML provider " .. name .. " can assume the role " .. row.name .. "."
      return add(row, "info", "federation", detail)
    end
    local detail = "Role " .. row.name .. " accepts any response of " .. name .. "; add a condition on SAML:aud."
    return add(row, "medium", "wide-federation", detail)
  end
  check_open_id(add, row, statement, provider)
end

local function check_wildcard(add, row, statement)
  local can_assume = "Any AWS account can assume the role " .. row.name
  if is_restricted(statement) then
    local detail = can_assume .. " under a condition; name the accounts instead."
    return add(row, "medium", "trust-in-everyone", detail)
  end
  add(row, "critical", "trust-in-everyone", can_assume .. "; name the principals that need it.")
end

local function check_trust(add, role, trusted)
  for _, statement in ipairs(access.parse(role.trust).statements) do
    if allows_assume_role(statement) then
      local row = {
        name = role.name,
        arn = role.arn,
        policies = list.pluck(role.policies, "policy"),
        conditions = policies.conditions(statement),
      }
      if statement.not_principals then
        row.principal = "all except NotPrincipal"
        local detail = "Any principal not listed in NotPrincipal can assume the role " .. role.name
          .. "; name the principals that need it."
        add(row, "critical", "trust-in-everyone", detail)
      end
      for _, principal in ipairs(statement.principals or {}) do
        row.principal = principal.value
        if principal.value == "*" then
          check_wildcard(add, row, statement)
        elseif principal.kind == "AWS" then
          check_aws_principal(add, row, statement, principal, trusted)
        elseif principal.kind == "Federated" then
          check_federation(add, row, statement, principal)
        end
      end
    end
  end
end

---@class roles.TrustOptions
---@field trusted? string|string[] The ids of your other accounts.

---Returns a finding for each principal outside the account that may assume a role: other accounts, identity
---providers, and the public. Expected trust is included with the severity `info`.
---@param opts? roles.TrustOptions
---@return findings.Finding[] found name, arn, principal, conditions, policies
function roles.trust(opts)
  local settings = options.read("roles.trust", opts, { trusted = { "list", default = {} } })
  local trusted = {}
  for _, account in ipairs(settings.trusted) do
    if not account:find "^%d%d%d%d%d%d%d%d%d%d%d%d$" then
      error("roles.trust: an account id must have 12 digits, not '" .. account .. "'", 0)
    end
    trusted[account] = true
  end
  local found, add = findings.list()
  for _, role in ipairs(all()) do check_trust(add, role, trusted) end
  return findings.sorted(found)
end

return roles
