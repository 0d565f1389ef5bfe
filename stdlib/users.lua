-- IAM users and their credentials. Most data comes from the credential report, which is one call for all
-- users and up to four hours old.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"

local users = {}

local ROOT_WITHOUT_MFA = "The root user has no MFA device; add one, preferably a hardware key."

local ROOT = "<root_account>"

-- The seconds between two checks of a report that is being generated; the last value repeats.
local PAUSES = { 0.5, 0.7, 1, 2, 5 }

local function wait_for_report(max_wait)
  local begun, checks = time.clock(), 0
  while iam.generate_credential_report().state ~= "COMPLETE" do
    checks = checks + 1
    if time.clock() - begun > max_wait then
      local problem = "the credential report was not generated within " .. max_wait .. " s"
      error(problem .. "; try again later, or increase max_wait", 0)
    end
    task.sleep(PAUSES[checks] or 5)
  end
end

-- Texts of the report that mean an absent value.
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
---@field max_wait? string|number The time limit for the generation of the report. Default: 120 seconds.

---Returns the credential report as rows, one for each user and one for the root user, with AWS's column names
---and `name`. Absent values are nil.
---@param opts? users.ReportOptions
---@return table[] found
function users.credential_report(opts)
  local settings = options.read("users.credential_report", opts, { max_wait = { "duration", default = 120 } })
  wait_for_report(settings.max_wait)
  local found = json.list()
  for _, line in ipairs(csv.decode(iam.get_credential_report().content or "")) do
    local row = { name = line.user }
    for column, cell in pairs(line) do row[column] = read(cell) end
    -- Names and ARNs are not converted, even if they look like a boolean or a time.
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

---Returns a flat row for each user: name, user_id, arn, path, create_date, age, groups, policies, password, mfa,
---access_keys, last_seen, idle, tags.
---@return table[] found
function users.list()
  local account = require("policies").account()
  local reported = list.index_by(users.credential_report(), "name")
  local found = json.list()
  for _, one in ipairs(account.principals) do
    if one.kind == "user" then
      -- A user created after the report is not in it.
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
  local finding = { name = row.name, arn = row.arn }
  for name, value in pairs(fields or {}) do finding[name] = value end
  return finding
end

---Returns whether the root user has a password or access keys. An organization can remove them centrally; the
---credential report does not show that, but the account's summary does.
---@return boolean
function users.has_root_credentials()
  local summary = iam.get_account_summary().summary_map or {}
  local function is_present(kind) return summary["Account" .. kind .. "Present"] ~= 0 end
  return is_present "Password" or is_present "AccessKeys"
end

---Returns a finding for each user, including the root user, who can sign in to the console without MFA.
---@return findings.Finding[] found name, arn, password_last_used
function users.without_mfa()
  local found, add = findings.list()
  for _, row in ipairs(users.credential_report()) do
    if not row.mfa_active then
      if row.name == ROOT then
        if users.has_root_credentials() then add(about(row), "critical", "root-without-mfa", ROOT_WITHOUT_MFA) end
      elseif row.password_enabled then
        local used = row.password_last_used
        local when = used and "last used " .. time.ago(used) .. " ago" or "never used"
        local detail = "User " .. row.name .. " has a password (" .. when .. "), but no MFA device; add one."
        add(about(row, { password_last_used = used }), "high", "no-mfa", detail)
      end
    end
  end
  return findings.sorted(found)
end

---@class users.RootOptions
---@field quiet? string|number The time within which a root sign-in is a finding. Default: "90d".

---Returns findings about the root user: access keys, no MFA device, and recent sign-ins.
---@param opts? users.RootOptions
---@return findings.Finding[] found
function users.root(opts)
  local settings = options.read("users.root", opts, { quiet = { "duration", default = time.days(90) } })
  local found, add = findings.list()
  for _, row in ipairs(users.credential_report()) do
    if row.name == ROOT then
      for _, key in ipairs(keys_of(row)) do
        local used = key.used and "was last used " .. time.ago(key.used) .. " ago" or "was never used"
        local detail = "Access key " .. key.number .. " of the root user " .. used .. "; delete it and use a role."
        local fields = { last_used = key.used, age = rows.age(key.rotated), create_date = key.rotated }
        add(about(row, fields), "critical", "root-access-key", detail)
      end
      if not row.mfa_active and users.has_root_credentials() then
        add(about(row), "critical", "root-without-mfa", ROOT_WITHOUT_MFA)
      end
      local used = row.password_last_used
      if used and rows.age(used) < settings.quiet then
        local detail = "The root user signed in " .. time.ago(used) .. " ago; use a role instead."
        add(about(row, { last_used = used }), "medium", "root-used", detail)
      end
    end
  end
  return findings.sorted(found)
end

-- The report contains no key ids; a key is identified by the second of its creation.
local function id_of(row, key)
  for _, metadata in ipairs(iam.list_access_keys.all { user_name = row.name }) do
    local created = metadata.create_date
    if created and math.floor(created:unix()) == math.floor(key.rotated:unix()) then return metadata.access_key_id end
  end
end

---@class users.KeyOptions
---@field max_age? string|number The maximum age of a key. Default: "90d".
---@field unused? string|number The maximum time without use. Default: "90d".

---Returns a finding for each access key that is too old, unused or inactive.
---@param opts? users.KeyOptions
---@return findings.Finding[] found name, access_key_id, create_date, age, last_used, active
function users.access_keys(opts)
  local settings = options.read("users.access_keys", opts, {
    max_age = { "duration", default = time.days(90) },
    unused = { "duration", default = time.days(90) },
  })
  local found, add = findings.list()
  for _, row in ipairs(users.credential_report()) do
    -- The root user must have no access keys at all; `users.root` reports them.
    for _, key in ipairs(row.name ~= ROOT and keys_of(row) or {}) do
      local old = rows.age(key.rotated)
      local fields = { create_date = key.rotated, age = old, last_used = key.used, active = key.active }
      local idle = key.used and rows.age(key.used) or old
      local age = rows.age_in_days(assert(old))
      local problem
      if not key.active then
        problem = { "low", "inactive-access-key", "is inactive; delete it" }
      elseif not key.used and old >= settings.unused then
        problem = { "medium", "never-used-access-key", "is " .. age .. " old and was never used; delete it" }
      elseif idle >= settings.unused then
        local ago = rows.age_in_days(assert(idle)) .. " ago"
        problem = { "medium", "unused-access-key", "was last used " .. ago .. "; delete it" }
      elseif old > settings.max_age then
        problem = { "high", "old-access-key", "is " .. age .. " old and in use; rotate it" }
      end
      if problem then
        fields.access_key_id = id_of(row, key)
        local key_name = fields.access_key_id or tostring(key.number)
        local detail = "Access key " .. key_name .. " of the user " .. row.name .. " " .. problem[3] .. "."
        add(about(row, fields), problem[1], problem[2], detail)
      end
    end
  end
  return findings.sorted(found)
end

---@class users.InactiveOptions
---@field unused? string|number The maximum time without use. Default: "90d".

local function active_ones(items)
  return #list.filter(items, function(item) return item.status == "Active" end)
end

-- The active credentials of a user whose use AWS does not record, as text: "1 SSH key". Nil if there are none.
local function unrecorded_credentials(name)
  local input = { user_name = name }
  local of_services = iam.list_service_specific_credentials(input).service_specific_credentials
  local counts = {
    { active_ones(iam.list_ssh_public_keys.all(input)), "SSH key" },
    { active_ones(of_services), "service-specific credential" },
    { active_ones(iam.list_signing_certificates.all(input)), "signing certificate" },
  }
  local texts = {}
  for _, count in ipairs(counts) do
    if count[1] > 0 then texts[#texts + 1] = rows.counted(count[1], count[2]) end
  end
  return #texts > 0 and table.concat(texts, ", ") or nil
end

-- Adds the finding of a user without recorded use of a password or access key since `seen`, or at all.
local function add_inactive(add, row, seen, old, fields)
  local others = unrecorded_credentials(row.name)
  local age, idle = rows.age_in_days(old), seen and rows.age_in_days(rows.age(seen) --[[@as integer]])
  local user = "User " .. row.name
  if others then
    local since = seen and " was last seen " .. idle .. " ago" or " was never seen"
    local detail = user .. since .. ", but has " .. others
      .. ", whose use AWS does not record; find out whether it is needed."
    return add(about(row, fields), "low", "unrecorded-use", detail)
  elseif seen then
    local detail = user .. " was last active " .. idle .. " ago; remove the credentials."
    return add(about(row, fields), "medium", "inactive-user", detail)
  elseif row.password_enabled then
    local detail = user .. " is " .. age .. " old and never used the password; remove the password."
    return add(about(row, fields), "medium", "never-used-password", detail)
  end
  local detail = user .. " is " .. age .. " old and was never active; delete the user."
  add(about(row, fields), "low", "never-seen-user", detail)
end

---Returns a finding for each user without recent use of a password or key, and for each password that was never used.
---A user with SSH keys, service-specific credentials or certificates may be active: AWS does not record their use.
---@param opts? users.InactiveOptions
---@return findings.Finding[] found name, arn, last_seen, age
function users.inactive(opts)
  local settings = options.read("users.inactive", opts, { unused = { "duration", default = time.days(90) } })
  local found, add = findings.list()
  for _, row in ipairs(users.credential_report()) do
    local seen, old = last_seen(row), rows.age(row.user_creation_time)
    local fields = { last_seen = seen, create_date = row.user_creation_time, age = old }
    local idle = seen and rows.age(seen) or old
    if row.name ~= ROOT and idle >= settings.unused then add_inactive(add, row, seen, old, fields) end
  end
  return findings.sorted(found)
end

-- The requirements of the CIS benchmark for AWS (length and reuse), and common ones besides.
local function rules(policy)
  local length = policy.minimum_password_length or 0
  local reuse = policy.password_reuse_prevention or 0
  return {
    { length >= 14, "high", "short-passwords", "Minimum password length is " .. length .. "; require 14." },
    {
      reuse >= 24,
      "medium",
      "reused-passwords",
      "Password history is " .. rows.counted(reuse, "password") .. "; require 24.",
    },
    { policy.require_symbols, "low", "no-symbols", "Passwords need no symbol; require one." },
    { policy.require_numbers, "low", "no-numbers", "Passwords need no number; require one." },
    { policy.require_uppercase_characters, "low", "no-uppercase", "Passwords need no uppercase letter; require one." },
    { policy.require_lowercase_characters, "low", "no-lowercase", "Passwords need no lowercase letter; require one." },
    { policy.allow_users_to_change_password, "low", "fixed-passwords", "Users cannot change passwords; allow it." },
  }
end

---Compares the account's password policy with the CIS benchmark. Returns a finding for each violation, or one
---finding if there is no policy.
---@return findings.Finding[] found
function users.password_policy()
  local found, add = findings.list()
  local ok, answer = pcall(iam.get_account_password_policy)
  if not ok and answer.code ~= "NoSuchEntity" then error(answer, 0) end
  local finding = { name = "password policy" }
  if not ok then
    local detail = "The account has no password policy, so 8 characters of almost any kind are enough; set one."
    add(finding, "high", "no-password-policy", detail)
    return found
  end
  for _, rule in ipairs(rules(answer.password_policy)) do
    if not rule[1] then add(finding, rule[2], rule[3], rule[4]) end
  end
  return findings.sorted(found)
end

return users
