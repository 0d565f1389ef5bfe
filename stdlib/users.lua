-- IAM's users and their credentials. Most of it is read off the credential report, which is one
-- call for all users and up to four hours old.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"

local users = {}

local ROOT = "<root_account>"

-- How long to wait between two looks at a report that is being made; the last one repeats.
local PAUSES = { 0.5, 0.7, 1, 2, 5 }

local function made(patience)
  local begun, looks = time.clock(), 0
  while iam.generate_credential_report().state ~= "COMPLETE" do
    looks = looks + 1
    if time.clock() - begun > patience then
      local problem = "the credential report was not made within " .. patience .. " s"
      error(problem .. "; try again later, or give it more max_wait", 0)
    end
    task.sleep(PAUSES[looks] or 5)
  end
end

-- Texts of the report that say there is nothing to say.
---@type table<string, boolean>
local NOTHING = { ["N/A"] = true, no_information = true, not_supported = true, [""] = true }

---@param cell string
local function read(cell)
  if NOTHING[cell] then return nil end
  if cell == "true" or cell == "false" then return cell == "true" end
  if cell:find "^%d%d%d%d%-%d%d%-%d%dT" then return time.parse(cell) end
  return cell
end

---@class users.ReportOptions
---@field max_wait? string|number How long it may take to be made, two minutes if it is not said.

---The credential report as rows, one for each user and one for the root user, under AWS's own
---column names, with `name`. What the report leaves open is nil.
---@param given? users.ReportOptions
---@return table[] found
function users.credential_report(given)
  local wanted = options.read("users.credential_report", given, { max_wait = { "duration", default = 120 } })
  made(wanted.max_wait)
  local found = json.list()
  for _, line in ipairs(csv.decode(iam.get_credential_report().content or "")) do
    local row = { name = line.user }
    for column, cell in pairs(line) do row[column] = read(cell) end
    -- These are names, whatever they look like.
    row.user, row.arn = line.user, line.arn
    found[#found + 1] = row
  end
  return found
end

local function keys_of(row)
  local keys = {}
  for _, number in ipairs { 1, 2 } do
    local field = "access_key_" .. number .. "_"
    local rotated = row[field .. "last_rotated"]
    if rotated then
      keys[#keys + 1] = {
        number = number,
        active = row[field .. "active"] == true,
        rotated = rotated,
        used = row[field .. "last_used_date"],
        service = row[field .. "last_used_service"],
      }
    end
  end
  return keys
end

local function last_seen(row)
  local last = row.password_last_used
  for _, key in ipairs(keys_of(row)) do
    if key.used and (not last or key.used > last) then last = key.used end
  end
  return last
end

---All users, flat: what they are, what they can sign in with, and when they were last seen.
---@return table[] found name, user_id, arn, path, create_date, age, groups, policies, password, mfa, access_keys,
--- last_seen, idle, tags
function users.list()
  local account = require("policies").account()
  local reported = list.index_by(users.credential_report(), "name")
  local found = json.list()
  for _, one in ipairs(account.principals) do
    if one.kind == "user" then
      -- Who came after the report was made is not in it.
      local row = reported[one.name] or {}
      local active = list.filter(keys_of(row), function(key) return key.active end)
      local seen = last_seen(row)
      found[#found + 1] = {
        name = one.name,
        user_id = one.id,
        arn = one.arn,
        path = one.path,
        create_date = one.create_date,
        age = rows.age(one.create_date),
        groups = json.list(one.groups),
        policies = list.pluck(one.policies, "policy"),
        password = row.password_enabled,
        mfa = row.mfa_active,
        access_keys = #active,
        last_seen = seen,
        idle = seen and rows.age(seen),
        tags = one.tags,
      }
    end
  end
  return found
end

local function about(row, fields)
  local it = { name = row.name, arn = row.arn }
  for name, value in pairs(fields or {}) do it[name] = value end
  return it
end

---Who can sign in to the console with a password alone; the root user as well.
---@return findings.Finding[] found name, arn, password_last_used
function users.without_mfa()
  local found, add = findings.list()
  for _, row in ipairs(users.credential_report()) do
    if not row.mfa_active then
      if row.name == ROOT then
        add(about(row), "critical", "root-without-mfa", "The root user has no MFA device; add one, best of hardware.")
      elseif row.password_enabled then
        local used = row.password_last_used
        local when = used and "was last used " .. time.ago(used) .. " ago" or "was never used"
        local detail = row.name .. " has a password, which " .. when .. ", and no MFA device; let the user add one."
        add(about(row, { password_last_used = used }), "high", "no-mfa", detail)
      end
    end
  end
  return findings.sorted(found)
end

---@class users.RootOptions
---@field quiet? string|number For how long the root user should not have been used, "90d" if it is not said.

---What is wrong with the root user: keys, no MFA, and that it is used.
---@param given? users.RootOptions
---@return findings.Finding[] found
function users.root(given)
  local wanted = options.read("users.root", given, { quiet = { "duration", default = time.days(90) } })
  local found, add = findings.list()
  for _, row in ipairs(users.credential_report()) do
    if row.name == ROOT then
      for _, key in ipairs(keys_of(row)) do
        local used = key.used and "was last used " .. time.ago(key.used) .. " ago" or "was never used"
        local detail = "Access key " .. key.number .. " of the root user " .. used .. "; delete it, and use a role."
        local fields = { last_used = key.used, age = rows.age(key.rotated), create_date = key.rotated }
        add(about(row, fields), "critical", "root-access-key", detail)
      end
      if not row.mfa_active then
        add(about(row), "critical", "root-without-mfa", "The root user has no MFA device; add one, best of hardware.")
      end
      local used = row.password_last_used
      if used and rows.age(used) < wanted.quiet then
        local detail = "The root user signed in " .. time.ago(used) .. " ago; use it for nothing that a role can do."
        add(about(row, { last_used = used }), "medium", "root-used", detail)
      end
    end
  end
  return findings.sorted(found)
end

-- The report does not tell ids; a key is known by the second of its making.
local function id_of(row, key)
  for _, metadata in ipairs(iam.list_access_keys.all { user_name = row.name }) do
    local made_at = metadata.create_date
    if made_at and math.floor(made_at:unix()) == math.floor(key.rotated:unix()) then return metadata.access_key_id end
  end
end

---@class users.KeyOptions
---@field max_age? string|number How old a key may be, "90d" if it is not said.
---@field unused? string|number For how long one may lie idle, "90d" if it is not said.

---Access keys that are too old, or that nobody uses. One that is switched off is told as such.
---@param given? users.KeyOptions
---@return findings.Finding[] found name, access_key_id, create_date, age, last_used, active
function users.access_keys(given)
  local wanted = options.read("users.access_keys", given, {
    max_age = { "duration", default = time.days(90) },
    unused = { "duration", default = time.days(90) },
  })
  local found, add = findings.list()
  for _, row in ipairs(users.credential_report()) do
    -- The root user must have none at all, which is `users.root`'s to say.
    for _, key in ipairs(row.name ~= ROOT and keys_of(row) or {}) do
      local old = rows.age(key.rotated)
      local fields = { create_date = key.rotated, age = old, last_used = key.used, active = key.active }
      local idle = key.used and rows.age(key.used) or old
      local judged
      if not key.active then
        judged = { "low", "inactive-access-key", "is switched off; delete it" }
      elseif not key.used and old >= wanted.unused then
        local detail = "is " .. rows.days(old) .. " days old and was never used; delete it"
        judged = { "medium", "never-used-access-key", detail }
      elseif idle >= wanted.unused then
        judged = { "medium", "unused-access-key", "was not used for " .. rows.days(idle) .. " days; delete it" }
      elseif old > wanted.max_age then
        judged = { "high", "old-access-key", "is " .. rows.days(old) .. " days old and in use; replace it" }
      end
      if judged then
        fields.access_key_id = id_of(row, key)
        local what = fields.access_key_id or "number " .. key.number
        local detail = "Access key " .. what .. " of " .. row.name .. " " .. judged[3] .. "."
        add(about(row, fields), judged[1], judged[2], detail)
      end
    end
  end
  return findings.sorted(found)
end

---@class users.InactiveOptions
---@field unused? string|number For how long a user may stay away, "90d" if it is not said.

---Who has not been seen for long, by password or key, and passwords that were never used.
---@param given? users.InactiveOptions
---@return findings.Finding[] found name, arn, last_seen, age
function users.inactive(given)
  local wanted = options.read("users.inactive", given, { unused = { "duration", default = time.days(90) } })
  local found, add = findings.list()
  for _, row in ipairs(users.credential_report()) do
    local seen, old = last_seen(row), rows.age(row.user_creation_time)
    local fields = { last_seen = seen, create_date = row.user_creation_time, age = old }
    if row.name ~= ROOT and not seen and old >= wanted.unused then
      if row.password_enabled then
        local detail = row.name .. " was given a password " .. rows.days(old)
          .. " days ago and never used it; take it away."
        add(about(row, fields), "medium", "never-used-password", detail)
      else
        local detail = row.name .. " is " .. rows.days(old) .. " days old and was never seen; delete the user."
        add(about(row, fields), "low", "never-seen-user", detail)
      end
    elseif row.name ~= ROOT and seen and rows.age(seen) >= wanted.unused then
      local detail = row.name .. " was last seen " .. rows.days(rows.age(seen))
        .. " days ago; take the credentials away."
      add(about(row, fields), "medium", "inactive-user", detail)
    end
  end
  return findings.sorted(found)
end

-- What the CIS benchmark for AWS wants, and what is usual beside it.
local function rules(policy)
  local length = policy.minimum_password_length or 0
  local reuse = policy.password_reuse_prevention or 0
  return {
    { length >= 14, "high", "short-passwords", "Passwords may have " .. length .. " signs; want 14." },
    { reuse >= 24, "medium", "reused-passwords", "The last " .. reuse .. " passwords are remembered; want 24." },
    { policy.require_symbols, "low", "no-symbols", "Passwords need no symbol; want one." },
    { policy.require_numbers, "low", "no-numbers", "Passwords need no number; want one." },
    { policy.require_uppercase_characters, "low", "no-uppercase", "Passwords need no uppercase letter; want one." },
    { policy.require_lowercase_characters, "low", "no-lowercase", "Passwords need no lowercase letter; want one." },
    { policy.allow_users_to_change_password, "low", "fixed-passwords", "Users cannot change passwords; let them." },
  }
end

---The account's password policy against what the CIS benchmark wants. No policy at all is one finding.
---@return findings.Finding[] found
function users.password_policy()
  local found, add = findings.list()
  local ok, answer = pcall(iam.get_account_password_policy)
  if not ok and answer.code ~= "NoSuchEntity" then error(answer, 0) end
  local it = { name = "password policy" }
  if not ok then
    local detail = "The account has no password policy, so that eight signs of nearly any kind will do; set one."
    add(it, "high", "no-password-policy", detail)
    return found
  end
  for _, rule in ipairs(rules(answer.password_policy)) do
    if not rule[1] then add(it, rule[2], rule[3], rule[4]) end
  end
  return findings.sorted(found)
end

return users
