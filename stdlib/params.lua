-- Parameter Store: trees of values, copies and differences, and what an audit finds. Secure values
-- stay secrets all the way; nothing here shows one.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"

local params = {}

---@class params.Parameter
---@field name string
---@field type "String"|"StringList"|"SecureString"
---@field tier string
---@field version integer
---@field description string
---@field age integer Seconds since it was last changed.
---@field last_modified_date Time
---@field last_modified_user string
---@field key_id? string
---@field policies string[] The types, such as "Expiration".
---@field tags table<string, string>

-- As many as GetParameters takes.
local NAMES_PER_CALL = 10

---Values by name, secure ones as secrets. A name that is not there is an error that tells all of those.
---@param names string[] Also "name:3" and "name:label".
---@return table<string, any>
function params.get(names)
  local values, missing = {}, {}
  for _, batch in ipairs(list.chunk(names, NAMES_PER_CALL)) do
    local answer = ssm.get_parameters { names = batch, with_decryption = true }
    for _, parameter in ipairs(answer.parameters) do
      values[parameter.name .. (parameter.selector or "")] = parameter.value
    end
    table.move(answer.invalid_parameters, 1, #answer.invalid_parameters, #missing + 1, missing)
  end
  if #missing > 0 then error("params.get: there is no parameter " .. table.concat(missing, ", "), 0) end
  return values
end

local function folder(path)
  if path:sub(1, 1) ~= "/" then error("params: a path begins with a slash, not as '" .. path .. "'", 0) end
  return (path:gsub("/+$", "")) .. "/"
end

-- All below a path, with names relative to it.
---@return { relative: string, name: string, type: string, value: any }[]
local function below(path)
  local prefix, found = folder(path), {}
  for parameter in ssm.get_parameters_by_path.items { path = path, recursive = true, with_decryption = true } do
    local name = parameter.name or ""
    found[#found + 1] = {
      relative = name:sub(#prefix + 1),
      name = name,
      type = parameter.type,
      value = parameter.value,
    }
  end
  return rows.sorted(found, "name")
end

---What lies below a path, as tables in tables: `params.tree("/app20").prod["log-level"]`. A
---parameter that is a folder as well has its own value under "".
---@param path string
---@return table
function params.tree(path)
  local tree = {}
  local function branch(at, word)
    if type(at[word]) ~= "table" then at[word] = at[word] ~= nil and { [""] = at[word] } or {} end
    return at[word]
  end
  for _, parameter in ipairs(below(path)) do
    local at, words = tree, {}
    for word in parameter.relative:gmatch "[^/]+" do words[#words + 1] = word end
    for position = 1, #words - 1 do at = branch(at, words[position]) end
    local last = words[#words]
    if type(at[last]) == "table" then at[last][""] = parameter.value else at[last] = parameter.value end
  end
  return tree
end

---@class params.ListOptions
---@field path? string Only what lies below it.
---@field type? string
---@field tags? boolean Asks for the tags of each: a call a parameter. It does, if it is not said.

-- The one by one of a large account, without being throttled.
local AT_ONCE = 4

---All parameters, without their values.
---@param given? params.ListOptions
---@return params.Parameter[]
function params.list(given)
  local asked = options.read("params.list", given, {
    path = { "string" },
    type = { "string", choices = { "String", "StringList", "SecureString" } },
    tags = { "boolean", default = true },
  })
  local filters = {}
  if asked.path then filters[#filters + 1] = { key = "Path", option = "Recursive", values = { asked.path } } end
  if asked.type then filters[#filters + 1] = { key = "Type", values = { asked.type } } end
  local all = ssm.describe_parameters.all { parameter_filters = #filters > 0 and filters or nil, max_results = 50 }
  local found = task.map(all, function(parameter)
    local policies, name = {}, parameter.name or ""
    for at, policy in ipairs(parameter.policies) do policies[at] = policy.policy_type end
    local own = {}
    if asked.tags then
      own = ssm.list_tags_for_resource({ resource_type = "Parameter", resource_id = name }).tag_list
    end
    return {
      name = name,
      type = parameter.type,
      tier = parameter.tier,
      version = parameter.version,
      description = parameter.description or "",
      last_modified_date = parameter.last_modified_date,
      age = rows.age(parameter.last_modified_date),
      last_modified_user = parameter.last_modified_user,
      key_id = parameter.key_id,
      policies = policies,
      tags = own,
    }
  end, { limit = AT_ONCE })
  return rows.sorted(found, "name") --[[@as params.Parameter[] ]]
end

---@class params.PutOptions
---@field type? "String"|"StringList"|"SecureString" String, if it is not said; of one that is there, its own.
---@field description? string
---@field overwrite? boolean Without it, one that is there is an error.
---@field tier? "Standard"|"Advanced"|"Intelligent-Tiering"
---@field key_id? string
---@field tags? table<string, string>

---Sets a parameter.
---@param name string
---@param value any A text or a secret.
---@param given? params.PutOptions
---@return { name: string, version: integer }
function params.put(name, value, given)
  local asked = options.read("params.put", given, {
    type = { "string", choices = { "String", "StringList", "SecureString" } },
    description = { "string" },
    overwrite = { "boolean", default = false },
    tier = { "string", choices = { "Standard", "Advanced", "Intelligent-Tiering" } },
    key_id = { "string" },
    tags = { "map" },
  })
  local answer = ssm.put_parameter {
    name = name,
    value = value,
    type = asked.type or not asked.overwrite and "String" or nil,
    description = asked.description,
    overwrite = asked.overwrite,
    tier = asked.tier,
    key_id = asked.key_id,
    tags = asked.tags,
  }
  return { name = name, version = answer.version }
end

local function is_same(one, other)
  return one.type == other.type and one.value == other.value
end

---Copies all below one path to another: what is there already is left alone, unless it is said
---otherwise. Secure ones are encrypted with the default key there.
---@param from string
---@param to string
---@param given? { overwrite?: boolean }
---@return { name: string, to: string, status: "copied"|"there"|"same" }[]
function params.copy(from, to, given)
  local asked = options.read("params.copy", given, { overwrite = { "boolean", default = false } })
  ---@type string, table<string, any>
  local target, there = folder(to), {}
  for _, parameter in ipairs(below(to)) do there[parameter.name] = parameter end
  local done = {}
  for at, parameter in ipairs(below(from)) do
    local name = target .. parameter.relative
    local old = there[name]
    local status = "copied"
    if old then status = is_same(old, parameter) and "same" or asked.overwrite and "copied" or "there" end
    if status == "copied" then
      local kind = parameter.type --[[@as any]]
      params.put(name, parameter.value, { type = kind, overwrite = old ~= nil })
    end
    done[at] = { name = parameter.name, to = name, status = status }
  end
  return done
end

---What differs between two paths. Secure values are compared and stay secrets.
---@param left string
---@param right string
---@return { name: string, change: "added"|"gone"|"changed", left?: any, right?: any }[]
function params.diff(left, right)
  local there, changes = {}, {}
  for _, parameter in ipairs(below(right)) do there[parameter.relative] = parameter end
  for _, parameter in ipairs(below(left)) do
    local other = there[parameter.relative]
    there[parameter.relative] = nil
    local name, value = parameter.relative, parameter.value
    if not other then
      changes[#changes + 1] = { name = name, change = "gone", left = value }
    elseif not is_same(other, parameter) then
      changes[#changes + 1] = { name = name, change = "changed", left = value, right = other.value }
    end
  end
  for name, parameter in pairs(there) do
    changes[#changes + 1] = { name = name, change = "added", right = parameter.value }
  end
  return rows.sorted(changes, "name")
end

---All versions of a parameter, the newest first.
---@param name string
---@return table[]
function params.history(name)
  local versions = {}
  for version in ssm.get_parameter_history.items { name = name, with_decryption = true } do
    table.insert(versions, 1, {
      name = version.name,
      version = version.version,
      value = version.value,
      labels = version.labels,
      last_modified_date = version.last_modified_date,
      age = rows.age(version.last_modified_date),
      last_modified_user = version.last_modified_user,
    })
  end
  return versions
end

local NAMES = { "password", "passwd", "secret", "token", "api[-_]?key", "private[-_]?key", "credential" }
local VALUES = {
  { "AKIA%u%u%u%u[%u%d]+", "an access key" },
  { "%-%-%-%-%-BEGIN [%u ]*PRIVATE KEY", "a private key" },
  { "^%a[%w+.-]*://[^/@%s]*:[^/@%s]+@", "an address with a password in it" },
  { "^ghp_%w+", "a token of GitHub" },
  { "^xox[abp]%-", "a token of Slack" },
}

-- Why a plain text may be a secret; nil if it does not look like one.
local function looks_secret(name, value)
  for _, shape in ipairs(VALUES) do
    if value:find(shape[1]) then return "its value looks like " .. shape[2] end
  end
  for _, word in ipairs(NAMES) do
    if name:lower():find(word) then return "its name tells of a secret" end
  end
end

local function plain_values(all)
  local names = {}
  for _, parameter in ipairs(all) do
    if parameter.type ~= "SecureString" then names[#names + 1] = parameter.name end
  end
  return params.get(names)
end

---@class params.AuditOptions
---@field path? string
---@field secret_age? string|integer Secrets that are older should be replaced; a year, if it is not said.
---@field unchanged_age? string|integer Two years, if it is not said: what was never changed in it may be unused.

-- What fits into the standard tier and needs nothing of the advanced one.
local STANDARD_SIZE = 4096

---Secrets in plain text, old secrets, what has no tags, what nobody has changed since it was made,
---and an advanced tier that nothing needs. No finding has a value in it.
---@param given? params.AuditOptions
---@return findings.Finding[]
function params.audit(given)
  local asked = options.read("params.audit", given, {
    path = { "string" },
    secret_age = { "duration", default = time.days(365) },
    unchanged_age = { "duration", default = time.days(730) },
  })
  local all = params.list { path = asked.path }
  local values, found = plain_values(all), {}
  for _, parameter in ipairs(all) do
    local function add(...) found[#found + 1] = findings.new(parameter, ...) end
    local value, days = values[parameter.name], rows.days(parameter.age)
    local why = value and looks_secret(parameter.name, value)
    if why then
      local detail = "It is plain text, and " .. why .. ": make it a SecureString, and replace the secret."
      add("high", "plain-secret", detail)
    end
    if (why or parameter.type == "SecureString") and parameter.age >= asked.secret_age then
      add("medium", "old-secret", "It was last changed " .. days .. " days ago: replace the secret.")
    elseif parameter.version == 1 and parameter.age >= asked.unchanged_age then
      local detail = "Nobody has changed it since it was made " .. days .. " days ago: is it still in use?"
      add("info", "never-changed", detail)
    end
    if next(parameter.tags) == nil then
      add("low", "untagged-parameter", "It has no tags: say whose it is.")
    end
    if parameter.tier == "Advanced" and #parameter.policies == 0 and value and #value <= STANDARD_SIZE then
      add("low", "advanced-tier-unused", "It is of the advanced tier, which is paid for, and needs nothing of it: "
        .. "delete it and make it anew.")
    end
  end
  return findings.sorted(found, "finding")
end

return params
