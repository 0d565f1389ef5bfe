-- Parameter Store: read trees of values, copy and compare them, and audit parameters. Secure values stay
-- secrets in every function and are never printed.

local credentials = require "credentials"
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
---@field age integer Seconds since the last change.
---@field last_modified_date Time
---@field last_modified_user string
---@field key_id? string
---@field policies string[] The policies' types, such as "Expiration".
---@field tags table<string, string>

-- The maximum of GetParameters.
local NAMES_PER_CALL = 10

---Returns values by name, secure ones as secrets. Raises an error that lists all missing names.
---@param names string[] Names, also with a version ("name:3") or a label ("name:label").
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
  if #missing > 0 then error("params.get: no such parameter: " .. table.concat(missing, ", "), 0) end
  return values
end

local function folder(path)
  if path:sub(1, 1) ~= "/" then error("params: a path must begin with a slash, not '" .. path .. "'", 0) end
  return (path:gsub("/+$", "")) .. "/"
end

-- Returns all parameters below a path, with names relative to it.
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

---Returns the values below a path as nested tables: `params.tree("/app20").prod["log-level"]`. The value of a
---parameter that is also a folder has the key "".
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
---@field path? string Only parameters below this path.
---@field type? string
---@field tags? boolean Fetch the tags, with one call for each parameter. Default: true.

-- The number of parallel calls that AWS does not throttle, even in a large account.
local PARALLEL_CALLS = 4

local function tags_of(name)
  return ssm.list_tags_for_resource({ resource_type = "Parameter", resource_id = name }).tag_list
end

---Returns all parameters, without their values.
---@param opts? params.ListOptions
---@return params.Parameter[]
function params.list(opts)
  local settings = options.read("params.list", opts, {
    path = { "string" },
    type = { "string", choices = { "String", "StringList", "SecureString" } },
    tags = { "boolean", default = true },
  })
  local filters = {}
  if settings.path then filters[#filters + 1] = { key = "Path", option = "Recursive", values = { settings.path } } end
  if settings.type then filters[#filters + 1] = { key = "Type", values = { settings.type } } end
  local all = ssm.describe_parameters.all { parameter_filters = #filters > 0 and filters or nil, max_results = 50 }
  local found = task.map(all, function(parameter)
    local policies, name = {}, parameter.name or ""
    for at, policy in ipairs(parameter.policies) do policies[at] = policy.policy_type end
    local own = settings.tags and tags_of(name) or {}
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
  end, { limit = PARALLEL_CALLS })
  return rows.sorted(found, "name") --[[@as params.Parameter[] ]]
end

-- The type of a parameter that is put without one. An existing parameter keeps its own if none is sent.
local function type_of_new(name, may_exist)
  if not may_exist then return "String" end
  local exists, problem = pcall(ssm.get_parameter, { name = name })
  return not exists and problem.code == "ParameterNotFound" and "String" or nil
end

---@class params.PutOptions
---@field type? "String"|"StringList"|"SecureString" Default: the existing type, or String.
---@field description? string
---@field overwrite? boolean Replace an existing parameter. Default: an existing parameter is an error.
---@field tier? "Standard"|"Advanced"|"Intelligent-Tiering"
---@field key_id? string
---@field tags? table<string, string>

---Creates a parameter, or replaces it with `overwrite`.
---@param name string
---@param value any A string or a secret.
---@param opts? params.PutOptions
---@return { name: string, version: integer }
function params.put(name, value, opts)
  local settings = options.read("params.put", opts, {
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
    type = settings.type or type_of_new(name, settings.overwrite),
    description = settings.description,
    overwrite = settings.overwrite,
    tier = settings.tier,
    key_id = settings.key_id,
    tags = settings.tags,
  }
  return { name = name, version = assert(answer.version) }
end

local function is_same(one, other)
  return one.type == other.type and one.value == other.value
end

-- The attributes of the parameters below a path that PutParameter accepts, by their names.
local function attributes_below(path)
  local by_name = {}
  local filters = { { key = "Path", option = "Recursive", values = { path } } }
  for parameter in ssm.describe_parameters.items { parameter_filters = filters, max_results = 50 } do
    local policies = list.pluck(parameter.policies or {}, "policy_text")
    by_name[parameter.name] = {
      description = parameter.description,
      tier = parameter.tier,
      key_id = parameter.key_id,
      allowed_pattern = parameter.allowed_pattern,
      data_type = parameter.data_type,
      policies = #policies > 0 and "[" .. table.concat(policies, ",") .. "]" or nil,
    }
  end
  return by_name
end

-- Writes a copy with all attributes. PutParameter accepts tags only for a new parameter.
local function put_copy(name, parameter, attributes, is_new)
  local own = tags_of(parameter.name)
  local has_tags = next(own) ~= nil
  local input = rows.merged(attributes or {}, {
    name = name,
    value = parameter.value,
    type = parameter.type,
    overwrite = not is_new,
    tags = is_new and has_tags and own or nil,
  }) --[[@as ssm.PutParameterInput]]
  ssm.put_parameter(input)
  if not is_new and has_tags then
    ssm.add_tags_to_resource { resource_type = "Parameter", resource_id = name, tags = own }
  end
end

---Copies all parameters below one path to another, with their types, keys, tiers, descriptions, policies and tags.
---Existing parameters are kept, unless `overwrite` is set.
---@param from string
---@param to string
---@param opts? { overwrite?: boolean }
---@return { name: string, to: string, status: "copied"|"there"|"same" }[]
function params.copy(from, to, opts)
  local settings = options.read("params.copy", opts, { overwrite = { "boolean", default = false } })
  ---@type string, table<string, any>
  local target, existing = folder(to), {}
  for _, parameter in ipairs(below(to)) do existing[parameter.name] = parameter end
  local done, attributes = {}, attributes_below(from)
  for at, parameter in ipairs(below(from)) do
    local name = target .. parameter.relative
    local old = existing[name]
    local status = "copied"
    if old then status = is_same(old, parameter) and "same" or settings.overwrite and "copied" or "there" end
    if status == "copied" then put_copy(name, parameter, attributes[parameter.name], old == nil) end
    done[at] = { name = parameter.name, to = name, status = status }
  end
  return done
end

---Returns the differences between the parameters below two paths. Secure values are compared and stay secrets.
---@param left string
---@param right string
---@return { name: string, change: "added"|"gone"|"changed", left?: any, right?: any }[]
function params.diff(left, right)
  local existing, changes = {}, {}
  for _, parameter in ipairs(below(right)) do existing[parameter.relative] = parameter end
  for _, parameter in ipairs(below(left)) do
    local other = existing[parameter.relative]
    existing[parameter.relative] = nil
    local name, value = parameter.relative, parameter.value
    if not other then
      changes[#changes + 1] = { name = name, change = "gone", left = value }
    elseif not is_same(other, parameter) then
      changes[#changes + 1] = { name = name, change = "changed", left = value, right = other.value }
    end
  end
  for name, parameter in pairs(existing) do
    changes[#changes + 1] = { name = name, change = "added", right = parameter.value }
  end
  return rows.sorted(changes, "name")
end

---Returns all versions of a parameter, the newest first.
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

-- Returns why a plain-text value may be a secret, or nil if it does not look like one.
local function looks_secret(name, value)
  local kind = credentials.kind_of(value)
  if kind then return "its value looks like " .. kind end
  if credentials.is_named_secret(name, value) then return "its name suggests a secret" end
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
---@field secret_age? string|integer The maximum age of a secret. Default: 365 days.
---@field unchanged_age? string|integer The minimum age of an unchanged parameter to report. Default: 730 days.

-- The maximum size of a value in the standard tier, in bytes.
local STANDARD_SIZE = 4096

---Returns a finding for each secret in plain text, old secret, parameter without tags, parameter that never
---changed, and advanced tier without need. Findings never contain a value.
---@param opts? params.AuditOptions
---@return findings.Finding[]
function params.audit(opts)
  local settings = options.read("params.audit", opts, {
    path = { "string" },
    secret_age = { "duration", default = time.days(365) },
    unchanged_age = { "duration", default = time.days(730) },
  })
  local all = params.list { path = settings.path }
  local values, found = plain_values(all), {}
  for _, parameter in ipairs(all) do
    local function add(...) found[#found + 1] = findings.new(parameter, ...) end
    local value, days = values[parameter.name], rows.age_in_days(parameter.age)
    local why = value and looks_secret(parameter.name, value)
    if why then
      local detail = "Parameter is plain text, but " .. why .. "; make it a SecureString and rotate the secret."
      add("high", "plain-secret", detail)
    end
    if (why or parameter.type == "SecureString") and parameter.age >= settings.secret_age then
      add("medium", "old-secret", "Secret was last changed " .. days .. " ago; rotate it.")
    elseif parameter.version == 1 and parameter.age >= settings.unchanged_age then
      local detail = "Parameter has not changed since its creation " .. days .. " ago; check that it is still used."
      add("info", "never-changed", detail)
    end
    if next(parameter.tags) == nil then
      add("low", "untagged-parameter", "Parameter has no tags; tag its owner.")
    end
    if parameter.tier == "Advanced" and #parameter.policies == 0 and value and #value <= STANDARD_SIZE then
      add("low", "advanced-tier-unused", "Parameter is in the paid advanced tier without using its features; "
        .. "delete it and recreate it in the standard tier.")
    end
  end
  return findings.sorted(found, "finding")
end

return params
