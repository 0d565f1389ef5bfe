-- Resource groups: made from tags, from stacks and from other groups, and who is in them.

local options = require "options"
local rows = require "rows"

local groups = {}

---@class groups.Group
---@field name string
---@field group_arn string
---@field description string
---@field kind "tags"|"stack"|"configuration" What its members come from.
---@field resource_types string[]
---@field query? table What it asks for: `TagFilters` or `StackIdentifier`.
---@field tags table<string, string> The group's own.

---@class groups.Member
---@field group string
---@field type string As in "AWS::EC2::Instance".
---@field id string The resource's id, or its name.
---@field arn string

---A group that does not find what it asks for.
---@class groups.QueryError
---@field group string
---@field error_code string
---@field message string

local ALL = "AWS::AllSupported"
local GROUP = "AWS::ResourceGroups::Group"
local KINDS = { TAG_FILTERS_1_0 = "tags", CLOUDFORMATION_STACK_1_0 = "stack" }

-- `{App = "App20", Env = {"dev", "test"}, Owner = true}` as Resource Groups writes it.
local function tag_filters(wanted, where)
  local keys = {}
  for key in pairs(wanted) do keys[#keys + 1] = key end
  if #keys == 0 then error(where .. ": option 'tags': no tags would be every resource", 0) end
  table.sort(keys)
  local filters = {}
  for at, key in ipairs(keys) do
    local values = wanted[key]
    -- A key without values takes any.
    if values == true then values = nil elseif type(values) ~= "table" then values = { tostring(values) } end
    filters[at] = { Key = key, Values = values }
  end
  return filters
end

local function query_of(asked, where)
  local types = asked.types or { asked.nested and GROUP or ALL }
  if asked.stack then
    if asked.tags then error(where .. ": a group is made of tags or of a stack, not of both", 0) end
    local query = { ResourceTypeFilters = types, StackIdentifier = asked.stack }
    return { type = "CLOUDFORMATION_STACK_1_0", query = json.encode(query) }
  end
  if not asked.tags then error(where .. ": say what is in the group, with tags or stack", 0) end
  local query = { ResourceTypeFilters = types, TagFilters = tag_filters(asked.tags, where) }
  return { type = "TAG_FILTERS_1_0", query = json.encode(query) }
end

---@class groups.Options
---@field tags? table<string, string|string[]|true> What its members have: all of these, with one of the values each.
---@field stack? string The ARN of the CloudFormation stack that its members come from, in place of tags.
---@field nested? boolean Its members are the groups that have these tags themselves.
---@field types? string[] As in "AWS::EC2::Instance"; without it, all.
---@field description? string
---@field group_tags? table<string, string> The group's own tags, by which a group of groups finds it.

local SPECS = {
  tags = { "map" },
  stack = { "string" },
  nested = { "boolean" },
  types = { "list" },
  description = { "string" },
  group_tags = { "map" },
}

---@class groups.Made
---@field name string
---@field group_arn? string
---@field status "there"|"created"|"planned"

---The name of a group for a tag's value, as in "App20-RG": what a name may not have becomes "-".
---@param value string
---@return string
function groups.name_for(value)
  local name = (value .. "-RG"):gsub("[^%w_.-]", "-")
  -- Names that begin so are AWS's own.
  if name:lower():find "^aws" then name = "x-" .. name end
  return name
end

-- What a planned change would have returned is no table yet.
---@param answer any
local function is_planned(answer)
  return type(answer) == "userdata"
end

---Makes a group.
---@param name string
---@param given groups.Options
---@return groups.Made
function groups.create(name, given)
  local asked = options.read("groups.create", given, SPECS)
  local answer = rg.create_group {
    name = name,
    description = asked.description,
    resource_query = query_of(asked, "groups.create"),
    tags = asked.group_tags,
  }
  local group = answer.group or {}
  local arn = group.group_arn --[[@as string]]
  return { name = name, group_arn = arn, status = is_planned(answer) and "planned" or "created" }
end

---The group of this name: used where it is there, made where it is not. What is there is not changed.
---@param name string
---@param given groups.Options
---@return groups.Made
function groups.ensure(name, given)
  local asked = options.read("groups.ensure", given, SPECS)
  query_of(asked, "groups.ensure")
  local function there()
    local ok, answer = pcall(rg.get_group, { group = name })
    if ok then return { name = name, group_arn = answer.group.group_arn, status = "there" } end
    if answer.code ~= "NotFoundException" then error(answer, 0) end
  end
  local found = there()
  if found then return found end
  local made, answer = pcall(groups.create, name, given)
  if made then return answer --[[@as groups.Made]] end
  -- Somebody else was quicker, or this server tells of a group only under its ARN.
  local exists = type(answer) ~= "string" and answer.code == "BadRequestException" and answer.message:find "already exists"
  if not exists then error(answer, 0) end
  return there() or { name = name, status = "there" }
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

---All groups.
---@return groups.Group[]
function groups.list()
  local all = rg.list_groups.all()
  return rows.sorted(task.map(all, describe, { limit = 4 }), "name") --[[@as groups.Group[] ]]
end

-- `instance/i-0…`, `group/name`, `parameter/app/x` without what stands before the id.
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

---The members of a group; those of the groups in it in their place. What a group asks for and is
---not there is told on standard error, and is the second result.
---@param name string Its name or ARN.
---@param given? { recursive?: boolean }
---@return groups.Member[]
---@return groups.QueryError[]
function groups.members(name, given)
  local asked = options.read("groups.members", given, { recursive = { "boolean", default = true } })
  local members, errors = {}, {}
  members_of(name, {}, asked.recursive, members, errors)
  for _, e in ipairs(errors) do log.warn("the group " .. e.group .. " is not complete: " .. e.message) end
  return rows.sorted(members, "group", "type", "id"), errors
end

---The ids of the instances in a group, also of those in groups in it.
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

---Sets tags of the group itself.
---@param name string
---@param assigned table<string, string>
function groups.tag(name, assigned)
  local group = rg.get_group({ group = name }).group or {}
  rg.tag { arn = group.group_arn --[[@as string]], tags = assigned }
end

return groups
