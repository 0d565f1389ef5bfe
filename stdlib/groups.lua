-- Resource groups: create them from tags, stacks or other groups, and list their members.

local options = require "options"
local rows = require "rows"

local groups = {}

---@class groups.Group
---@field name string
---@field group_arn string
---@field description string
---@field kind "tags"|"stack"|"configuration" The source of its members.
---@field resource_types string[]
---@field query? table The query: `TagFilters` or `StackIdentifier`.
---@field tags table<string, string> The tags of the group itself.

---@class groups.Member
---@field group string
---@field type string For example "AWS::EC2::Instance".
---@field id string The resource's id, or its name.
---@field arn string

---An error of a group's query.
---@class groups.QueryError
---@field group string
---@field error_code string
---@field message string

local ALL = "AWS::AllSupported"
local GROUP = "AWS::ResourceGroups::Group"
local KINDS = { TAG_FILTERS_1_0 = "tags", CLOUDFORMATION_STACK_1_0 = "stack" }

-- Converts `{App = "App20", Env = {"dev", "test"}, Owner = true}` to the tag filters of Resource Groups.
local function tag_filters(wanted, where)
  local keys = {}
  for key in pairs(wanted) do keys[#keys + 1] = key end
  if #keys == 0 then
    error(where .. ": option 'tags' is empty, which would select every resource; name at least one tag", 0)
  end
  table.sort(keys)
  local filters = {}
  for at, key in ipairs(keys) do
    local values = wanted[key]
    -- A key without values matches any value.
    if values == true then values = nil elseif type(values) ~= "table" then values = { tostring(values) } end
    filters[at] = { Key = key, Values = values }
  end
  return filters
end

local function query_of(settings, where)
  local types = settings.types or { settings.nested and GROUP or ALL }
  if settings.stack then
    if settings.tags then error(where .. ": options 'tags' and 'stack' exclude each other; use one of them", 0) end
    local query = { ResourceTypeFilters = types, StackIdentifier = settings.stack }
    return { type = "CLOUDFORMATION_STACK_1_0", query = json.encode(query) }
  end
  if not settings.tags then error(where .. ": option 'tags' or 'stack' is required", 0) end
  local query = { ResourceTypeFilters = types, TagFilters = tag_filters(settings.tags, where) }
  return { type = "TAG_FILTERS_1_0", query = json.encode(query) }
end

---@class groups.Options
---@field tags? table<string, string|string[]|true> Members have all of these tags, each with one of the values.
---@field stack? string The ARN of the CloudFormation stack that contains the members, instead of tags.
---@field nested? boolean Members are the resource groups that have these tags.
---@field types? string[] For example "AWS::EC2::Instance". Default: all types.
---@field description? string
---@field group_tags? table<string, string> Tags of the group itself; a group of groups selects it by them.

local SPECS = {
  tags = { "map" },
  stack = { "string" },
  nested = { "boolean" },
  types = { "list" },
  description = { "string" },
  group_tags = { "map" },
}

---@class groups.EnsureResult
---@field name string
---@field group_arn? string
---@field status "there"|"created"|"planned"

---Returns a group name for a tag's value, for example "App20-RG". Characters that a name must not contain become "-".
---@param value string
---@return string
function groups.name_for(value)
  local name = (value .. "-RG"):gsub("[^%w_.-]", "-")
  -- AWS reserves names that begin with "aws".
  if name:lower():find "^aws" then name = "x-" .. name end
  return name
end

-- A planned call returns a placeholder, which is a userdata.
---@param answer any
local function is_planned(answer)
  return type(answer) == "userdata"
end

---Creates a group.
---@param name string
---@param opts groups.Options
---@return groups.EnsureResult
function groups.create(name, opts)
  local settings = options.read("groups.create", opts, SPECS)
  local answer = rg.create_group {
    name = name,
    description = settings.description,
    resource_query = query_of(settings, "groups.create"),
    tags = settings.group_tags,
  }
  local group = answer.group or {}
  local arn = group.group_arn --[[@as string]]
  return { name = name, group_arn = arn, status = is_planned(answer) and "planned" or "created" }
end

local function sorted(items)
  local copy = { table.unpack(items) }
  table.sort(copy)
  return copy
end

-- Returns a query as text: "resources AWS::AllSupported with the tag App = App20". Queries with the same members
-- have the same text, in any order of their types, tags and values.
---@param query { type: string, query: string }
local function query_text(query)
  local decoded = json.decode(query.query)
  local of_types = "resources " .. table.concat(sorted(decoded.ResourceTypeFilters or { ALL }), ", ")
  if query.type ~= "TAG_FILTERS_1_0" then return of_types .. " of the stack " .. tostring(decoded.StackIdentifier) end
  local conditions = {}
  for at, filter in ipairs(decoded.TagFilters or {}) do
    local values = sorted(filter.Values or {})
    conditions[at] = filter.Key .. (#values > 0 and " = " .. table.concat(values, " or ") or " with any value")
  end
  return of_types .. " with the tag " .. table.concat(sorted(conditions), " and ")
end

-- The query of an existing group as text.
local function existing_query(arn)
  local ok, answer = pcall(rg.get_group_query, { group = arn })
  if ok then return query_text(answer.group_query.resource_query) end
  if answer.code ~= "BadRequestException" then error(answer, 0) end
  return "no query, but a service configuration"
end

-- The ARN of a group from the listing. Some servers find a group only by its ARN.
local function listed_arn(name)
  for group in rg.list_groups.items() do
    if group.group_name == name then return group.group_arn end
  end
end

---Returns the group of this name and creates it if it does not exist. An existing group is not changed; if it has
---another query, an error shows both.
---@param name string
---@param opts groups.Options
---@return groups.EnsureResult
function groups.ensure(name, opts)
  local settings = options.read("groups.ensure", opts, SPECS)
  local wanted = query_text(query_of(settings, "groups.ensure"))
  local function there(arn)
    local query = existing_query(arn)
    if query == wanted then return { name = name, group_arn = arn, status = "there" } end
    error("groups.ensure: the group " .. name .. " exists with another query (" .. query .. "), not the wanted one ("
      .. wanted .. "); use another name, or change its query", 0)
  end
  local ok, found = pcall(rg.get_group, { group = name })
  if ok then return there(found.group.group_arn) end
  if found.code ~= "NotFoundException" then error(found, 0) end
  local made, answer = pcall(groups.create, name, opts)
  if made then return answer --[[@as groups.EnsureResult]] end
  local is_refused = type(answer) ~= "string" and answer.code == "BadRequestException"
  local arn = is_refused and answer.message:find "already exists" and listed_arn(name)
  if not arn then error(answer, 0) end
  return there(arn)
end

local function describe(group)
  local ok, answer = pcall(rg.get_group_query, { group = group.group_arn })
  local query, kind = nil, "configuration"
  if ok then
    local asked = answer.group_query.resource_query
    query, kind = json.decode(asked.query), KINDS[asked.type] or asked.type
  elseif answer.code ~= "BadRequestException" then
    error(answer, 0)
  end
  return {
    name = group.group_name,
    group_arn = group.group_arn,
    description = group.description or "",
    kind = kind,
    resource_types = query and query.ResourceTypeFilters or {},
    query = query,
    tags = rg.get_tags({ arn = group.group_arn }).tags or {},
  }
end

---Returns all groups.
---@return groups.Group[]
function groups.list()
  local all = rg.list_groups.all()
  return rows.sorted(task.map(all, describe, { limit = 4 }), "name") --[[@as groups.Group[] ]]
end

-- Returns the id of an ARN: `i-0…` of `instance/i-0…`, `name` of `group/name`, `/app/x` of `parameter/app/x`.
local function id_of(arn, kind)
  local resource = arn:match "^arn:[^:]*:[^:]*:[^:]*:[^:]*:(.*)$" or arn
  if kind == "AWS::SSM::Parameter" then return (resource:gsub("^parameter", "")) end
  return resource:match "[/:]([^/:]+)$" or resource
end

local function members_of(name, seen, recursive, members, errors)
  if seen[name] then return end
  seen[name] = true
  for page in rg.list_group_resources.pages { group = name } do
    for _, e in ipairs(page.query_errors) do
      errors[#errors + 1] = { group = name, error_code = e.error_code, message = e.message }
    end
    for _, resource in ipairs(page.resources) do
      local identifier = resource.identifier or {}
      local kind = identifier.resource_type
      local id = id_of(identifier.resource_arn, kind)
      if kind == GROUP and recursive then
        members_of(id, seen, recursive, members, errors)
      else
        members[#members + 1] = { group = name, type = kind, id = id, arn = identifier.resource_arn }
      end
    end
  end
end

---Returns the members of a group. A member that is itself a group is replaced by its members, unless
---`recursive` is false. Errors of the groups' queries are logged on standard error and returned as second result.
---@param name string Its name or ARN.
---@param opts? { recursive?: boolean }
---@return groups.Member[]
---@return groups.QueryError[]
function groups.members(name, opts)
  local settings = options.read("groups.members", opts, { recursive = { "boolean", default = true } })
  local members, errors = {}, {}
  members_of(name, {}, settings.recursive, members, errors)
  for _, e in ipairs(errors) do log.warn("the members of the group " .. e.group .. " are incomplete: " .. e.message) end
  return rows.sorted(members, "group", "type", "id"), errors
end

---Returns the ids of the instances in a group and in its nested groups.
---@param name string
---@return string[]
function groups.instances(name)
  local ids, seen = {}, {}
  for _, member in ipairs((groups.members(name))) do
    if member.type == "AWS::EC2::Instance" and not seen[member.id] then
      seen[member.id] = true
      ids[#ids + 1] = member.id
    end
  end
  return ids
end

---Sets tags on the group itself.
---@param name string
---@param assigned table<string, string>
function groups.tag(name, assigned)
  local group = rg.get_group({ group = name }).group or {}
  rg.tag { arn = group.group_arn --[[@as string]], tags = assigned }
end

return groups
