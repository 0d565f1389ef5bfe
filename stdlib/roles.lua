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

-- Roles that a service of AWS creates and needs, by their paths or names. Identity Center and the services do not
-- allow changes; Organizations and Control Tower use theirs only now and then, for emergencies for example.
local MANAGERS = {
  { path = "^/aws%-service%-role/", manager = "its service" },
  { path = "^/aws%-reserved/sso%.amazonaws%.com/", manager = "IAM Identity Center" },
  { name = "^OrganizationAccountAccessRole$", manager = "AWS Organizations" },
  { name = "^AWSControlTower", manager = "AWS Control Tower" },
  { name = "^aws%-controltower%-", manager = "AWS Control Tower" },
  { name = "^stacksets%-exec%-", manager = "CloudFormation StackSets" },
}

local function manager_of(role)
  for _, known in ipairs(MANAGERS) do
    local is_match = known.path and role.path:find(known.path) or known.name and role.name:find(known.name)
    if is_match then return known.manager end
  end
end

local function all()
  return list.filter(policies.account().principals, function(one) return one.kind == "role" end)
end

local function last_used(role)
  return role.role_last_used and role.role_last_used.last_used_date
end

---Returns a flat row for each role.
---@return table[] found name, role_id, arn, path, create_date, age, last_used, idle, policies, service_linked,
---managed_by, tags
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
      managed_by = manager_of(role),
      tags = role.tags,
    }
  end
  return found
end

---@class roles.UnusedOptions
---@field unused? string|number The maximum time without use. Default: "90d".

-- The days of use that AWS records (RoleLastUsed).
local RECORDED_DAYS = 400

---Returns a finding for each role without recent use, and for each old role without recorded use. AWS records 400
---days. Roles that a service of AWS manages are left out.
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
    if not role.managed_by and idle >= settings.unused then
      local days = rows.age_in_days(idle)
      if role.last_used then
        local detail = "Role " .. role.name .. " was last used " .. days .. " ago; delete it if it is not needed."
        add(row, "low", "unused-role", detail)
      else
        local is_older = role.age > time.days(RECORDED_DAYS)
        local unrecorded = is_older and "no recorded use in the last " .. RECORDED_DAYS .. " days" or "no recorded use"
        local detail = "Role " .. role.name .. " is " .. days .. " old and has " .. unrecorded
          .. "; find out whether it is for emergencies, then delete it if it is not needed."
        add(row, "low", "never-used-role", detail)
      end
    end
  end
  return findings.sorted(found)
end

-- Condition keys that restrict the callers to known ones, even if the principal is everyone.
local IDENTIFYING_KEYS = {
  ["aws:principalaccount"] = true,
  ["aws:principalarn"] = true,
  ["aws:principalorgid"] = true,
  ["aws:principalorgpaths"] = true,
  ["aws:sourceaccount"] = true,
  ["aws:sourcearn"] = true,
  ["aws:sourceorgid"] = true,
  ["aws:sourcevpc"] = true,
  ["aws:sourcevpce"] = true,
  ["aws:userid"] = true,
  ["sts:externalid"] = true,
}

-- Condition keys that restrict the callers of a known account: its people need MFA, its machines an address, a tag
-- or a name of the session.
local RESTRICTING_KEYS = rows.merged(IDENTIFYING_KEYS, {
  ["aws:multifactorauthage"] = true,
  ["aws:multifactorauthpresent"] = true,
  ["aws:sourceidentity"] = true,
  ["aws:sourceip"] = true,
  ["aws:username"] = true,
  ["sts:rolesessionname"] = true,
  ["sts:sourceidentity"] = true,
})

local function is_restricting(key)
  return RESTRICTING_KEYS[key] or key:find "^aws:principaltag/" ~= nil
end

local function is_identifying(key)
  return IDENTIFYING_KEYS[key]
end

-- Whether a condition leaves a key free: one of its values matches everything, or it demands that MFA is absent.
local function is_free(condition)
  for _, value in ipairs(condition.values) do
    if value:find "^[*?]+$" then return true end
    if condition.operator == "Bool" and value:lower() == "false" then return true end
  end
  return false
end

-- Only conditions that must hold count, and only if none of their values matches everything.
local function has_condition(statement, wanted)
  for _, condition in ipairs(statement.conditions) do
    local must = not condition.operator:find "IfExists$" and not condition.operator:find "^ForAllValues:"
    must = must and not condition.operator:find "Not" and condition.operator ~= "Null"
    if must and wanted(condition.key:lower(), condition) and not is_free(condition) then return true end
  end
  return false
end

-- Whether a condition of a denial denies the callers without the wanted key: StringNotEquals on an organization, or
-- BoolIfExists on the absence of MFA.
local function denies_others(condition, wanted)
  if not wanted(condition.key:lower()) then return false end
  if condition.operator:find "^Bool" then return condition.values[1]:lower() == "false" end
  return condition.operator:find "Not" ~= nil
end

local function names_assume_role(statement)
  if statement.not_actions then return true end
  for _, action in ipairs(statement.actions) do
    if action:lower():find "assumerole" or action:find "%*" then return true end
  end
  return false
end

local function allows_assume_role(statement)
  return statement.effect == "Allow" and names_assume_role(statement)
end

local function is_for_everyone(statement)
  return list.any(statement.principals or {}, function(principal) return principal.value == "*" end)
end

-- Whether a statement denies all callers without the wanted keys. A denial with several conditions denies only
-- callers that meet all of them, so it does not count.
local function is_denied_to_others(statements, wanted)
  return list.any(statements, function(statement)
    return statement.effect == "Deny"
      and names_assume_role(statement)
      and is_for_everyone(statement)
      and #statement.conditions == 1
      and denies_others(statement.conditions[1], wanted)
  end)
end

-- Whether the wanted keys restrict an allowing statement, by its own conditions or by a denial.
local function is_restricted(statement, statements, wanted)
  return has_condition(statement, wanted) or is_denied_to_others(statements, wanted)
end

local function account_of(principal)
  return principal.value:match "^%d%d%d%d%d%d%d%d%d%d%d%d$" or principal.value:match "^arn:[^:]+:[^:]+::(%d+):"
end

-- Whether the principal is one role or user, not the whole account.
local function is_named(principal)
  return principal.value:find "^arn:" ~= nil and not principal.value:find ":root$"
end

local function check_aws_principal(add, row, is_under_condition, principal, trusted)
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
  if is_under_condition then
    return add(row, "info", "trust-in-account", can_assume .. " under a condition; check that it is still needed.")
  end
  if is_named(principal) then
    local detail = principal.value .. " can assume the role " .. row.name .. "; check that it is still needed."
    return add(row, "low", "trust-in-principal", detail)
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

-- Issuers that everyone can use: a token of theirs proves nothing without a condition on its subject.
local SHARED_ISSUERS = {
  ["accounts.google.com"] = true,
  ["agent.buildkite.com"] = true,
  ["app.terraform.io"] = true,
  ["gitlab.com"] = true,
  ["graph.facebook.com"] = true,
  ["oidc.vercel.com"] = true,
  ["token.actions.githubusercontent.com"] = true,
  ["www.amazon.com"] = true,
}

-- The keys of the issuers for people whose condition names the application.
local APPLICATION_KEYS = {
  ["accounts.google.com:aud"] = true,
  ["graph.facebook.com:app_id"] = true,
  ["www.amazon.com:app_id"] = true,
}

local COGNITO = "cognito-identity.amazonaws.com"

-- The values of the conditions on a key.
local function values_of(statement, wanted)
  local values = {}
  has_condition(statement, function(key, condition)
    if key == wanted then table.move(condition.values, 1, #condition.values, #values + 1, values) end
    return false
  end)
  return values
end

-- IAM's documentation of roles for Cognito: `:aud` names the identity pool, and `:amr` tells signed-in users from
-- guests.
local function check_cognito(add, row, statement)
  local can_assume = " can assume the role " .. row.name
  if not has_condition(statement, function(key) return key == COGNITO .. ":aud" end) then
    local detail = "Users of any identity pool of Cognito" .. can_assume
      .. "; add a condition on " .. COGNITO .. ":aud."
    return add(row, "critical", "trust-in-any-identity", detail)
  end
  local kinds = values_of(statement, COGNITO .. ":amr")
  if #kinds == 0 then
    local detail = "Users of an identity pool and its guests" .. can_assume
      .. "; add a condition on " .. COGNITO .. ":amr if guests do not need it."
    return add(row, "medium", "guest-federation", detail)
  end
  if list.any(kinds, function(kind) return kind == "unauthenticated" end) then
    local detail = "Guests of an identity pool" .. can_assume .. "; check that its policies are fit for the public."
    return add(row, "low", "guest-federation", detail)
  end
  add(row, "info", "federation", "Signed-in users of an identity pool" .. can_assume .. ".")
end

-- A provider without a condition on the subject.
local function check_any_subject(add, row, statement, url)
  local can_assume = " can assume the role " .. row.name
  local names_application = has_condition(statement, function(key) return APPLICATION_KEYS[key] end)
  if SHARED_ISSUERS[url:lower()] and not names_application then
    local detail = "Any identity of " .. url .. can_assume .. "; add a condition on " .. url .. ":sub."
    return add(row, "critical", "trust-in-any-identity", detail)
  end
  local detail = "Every identity of " .. url .. " with a registered audience" .. can_assume
    .. "; add a condition on " .. url .. ":sub."
  add(row, "medium", "wide-federation", detail)
end

local function check_open_id(add, row, statement, provider)
  local url = provider:match ":oidc%-provider/(.+)$" or provider
  if url == COGNITO then return check_cognito(add, row, statement) end
  local subjects = values_of(statement, url:lower() .. ":sub")
  local open, wide = widest(subjects)
  if #subjects == 0 then return check_any_subject(add, row, statement, url) end
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

local function check_wildcard(add, row, is_under_condition)
  local can_assume = "Any AWS account can assume the role " .. row.name
  if is_under_condition then
    local detail = can_assume .. " under a condition; name the accounts instead."
    return add(row, "medium", "trust-in-everyone", detail)
  end
  add(row, "critical", "trust-in-everyone", can_assume .. "; name the principals that need it.")
end

local function check_trust(add, role, trusted)
  local statements = access.parse(role.trust).statements
  for _, statement in ipairs(statements) do
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
          check_wildcard(add, row, is_restricted(statement, statements, is_identifying))
        elseif principal.kind == "AWS" then
          local is_under_condition = is_restricted(statement, statements, is_restricting)
          check_aws_principal(add, row, is_under_condition, principal, trusted)
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
