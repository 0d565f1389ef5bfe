-- Tags of resources: list them, find missing and wrong ones, and set them. taggable.lua lists the kinds of
-- resources, tagpolicy.lua parses policies.

local changes = require "changes"
local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local taggable = require "taggable"
local tagpolicy = require "tagpolicy"

local tags = {}

---Tags to select by: a value (`*` matches any text, `?` any character), a list of alternative values, true for
---any value, or false for resources without the tag.
---@alias tags.Wanted table<string, string|string[]|boolean>

-- Converts a value with AWS's wildcards to a Lua pattern.
local function pattern_of(value)
  local parts, escaped = {}, false
  for char in value:gmatch(".") do
    if not escaped and char == "\\" then
      escaped = true
    else
      local wild = not escaped and (char == "*" and ".*" or char == "?" and ".")
      parts[#parts + 1] = wild or char:gsub("%W", "%%%0")
      escaped = false
    end
  end
  return "^" .. table.concat(parts) .. "$"
end

local function matches_one(value, wanted)
  if type(wanted) == "boolean" then return (value ~= nil) == wanted end
  if value == nil then return false end
  for _, one in ipairs(type(wanted) == "table" and wanted or { wanted }) do
    if value:find(pattern_of(one)) then return true end
  end
  return false
end

---Returns whether tags match the wanted ones.
---@param have table<string, string>
---@param wanted? tags.Wanted
---@return boolean
function tags.matches(have, wanted)
  for key, value in pairs(wanted or {}) do
    if not matches_one(have[key], value) then return false end
  end
  return true
end

---Returns EC2 filters: the others, and those of the wanted tags. Nil if there are none, because EC2 treats an
---empty list as everything. EC2 cannot filter for the absence of a tag; use `tags.lacks` for that.
---@param wanted? tags.Wanted
---@param others? moonfleet.Filters
---@return moonfleet.Filters?
function tags.filters(wanted, others)
  local filters = rows.merged(others or {}, {})
  for key, value in pairs(wanted or {}) do
    local name = "tag:" .. key
    if filters[name] then
      error("the tag " .. key .. " is selected twice: as an option and in tags; use one of them", 0)
    end
    if value ~= false then filters[name] = value == true and "*" or value end
  end
  return next(filters) and filters or nil
end

---Returns whether tags lack all tags that must be absent, which `tags.filters` cannot express.
---@param have table<string, string>
---@param wanted? tags.Wanted
---@return boolean
function tags.lacks(have, wanted)
  for key, value in pairs(wanted or {}) do
    if value == false and have[key] ~= nil then return false end
  end
  return true
end

local function malformed(word, example)
  error("'" .. word .. "' is not a tag; use " .. example, 0)
end

---Parses tags to select by from command-line arguments: KEY=VALUE, KEY for any value, !KEY for its absence.
---A repeated key matches any of its values.
---@param words? string[]
---@return tags.Wanted?
function tags.parse(words)
  if not words then return nil end
  local wanted = {}
  for _, word in ipairs(words) do
    local key, value = word:match "^([^=]+)=(.*)$"
    local lacks = word:match "^!([^=]+)$"
    if key then
      local values = type(wanted[key]) == "table" and wanted[key] or {}
      values[#values + 1] = value
      wanted[key] = values
    elseif lacks then
      wanted[lacks] = false
    elseif word ~= "" and not word:find "=" then
      wanted[word] = true
    else
      malformed(word, "KEY=VALUE, KEY or !KEY, such as App=App20")
    end
  end
  return wanted
end

---Parses tags to set from command-line arguments: KEY=VALUE.
---@param words string[]
---@return table<string, string>
function tags.assignments(words)
  local assigned = {}
  for _, word in ipairs(words) do
    local key, value = word:match "^([^=]+)=(.*)$"
    if not key then malformed(word, "KEY=VALUE, such as Owner=team-web") end
    if assigned[key] then error("the tag " .. key .. " is set twice; set it once", 0) end
    assigned[key] = value
  end
  if not next(assigned) then error("no tags to set; use KEY=VALUE, such as Owner=team-web", 0) end
  return assigned
end

---@class tags.Resource
---@field resource_type string A kind of `tags.kinds`.
---@field resource_id string
---@field name string
---@field tags table<string, string>

---@class tags.ResourcesOptions
---@field kinds? string|string[] Kinds of `tags.kinds`, or "all". Default: the usual kinds.
---@field tags? tags.Wanted
---@field on_error? fun(kind: string, error: any) Receives a kind that cannot be listed. Default: the error is raised.

---Returns all resources of the kinds, with their tags. This includes resources that never had tags, which
---AWS's tagging API omits.
---@param opts? tags.ResourcesOptions
---@return tags.Resource[]
function tags.resources(opts)
  local settings = options.read("tags.resources", opts, {
    kinds = { "list" },
    tags = { "map" },
    on_error = { "function" },
  })
  local function all_of(kind) return kind.list(kind.has_tag_filters and tags.filters(settings.tags) or nil) end
  local kinds = taggable.named(settings.kinds)
  local lists, errors = task.map(kinds, all_of, { limit = 8, on_error = settings.on_error and "collect" or "raise" })
  for _, failure in ipairs(errors or {}) do settings.on_error(failure.item.name, failure.error) end
  local found = {}
  for at, kind in ipairs(kinds) do
    local is_wanted = kind.has_tag_filters and tags.lacks or tags.matches
    for _, row in ipairs(lists[at] or {}) do
      if is_wanted(row.tags, settings.tags) then
        row.resource_type = kind.name
        found[#found + 1] = row
      end
    end
  end
  return list.sort_by(found, "resource_type", "name", "resource_id")
end

---Returns the kinds that `tags.resources` supports.
---@return { name: string, service: string, scope: "regional"|"global", usual: boolean }[]
function tags.kinds()
  local kinds = {}
  for at, kind in ipairs(taggable.named { "all" }) do
    kinds[at] = { name = kind.name, service = kind.service, scope = kind.scope, usual = kind.usual }
  end
  return kinds
end

---Splits kinds (default: the usual ones) into regional and global ones.
---@param kinds? string[]
---@return string[] regional
---@return string[] global
function tags.by_scope(kinds)
  local by_scope = { regional = {}, global = {} }
  for _, kind in ipairs(taggable.named(kinds)) do table.insert(by_scope[kind.scope], kind.name) end
  return by_scope.regional, by_scope.global
end

local function is_bare(have)
  for key in pairs(have) do
    if key:sub(1, 4) ~= "aws:" then return false end
  end
  return true
end

-- A resource with a missing tag has no owner; one with a wrong value has the wrong owner.
local SEVERITY = {
  untagged = "medium",
  ["missing-tag"] = "medium",
  ["empty-tag"] = "medium",
  ["wrong-tag"] = "low",
  ["not-visible"] = "medium",
}

local function finding(resource, violated)
  return {
    severity = SEVERITY[violated.finding],
    finding = violated.finding,
    name = resource.name,
    resource_type = resource.resource_type,
    resource_id = resource.resource_id,
    key = violated.key,
    value = violated.value,
    expected = violated.expected,
    detail = violated.detail,
    tags = resource.tags,
  }
end

local function untagged(resource, policy)
  local missing = table.concat(list.keys(policy), ", ")
  local detail = "Resource has no tags; set " .. missing .. "."
  return finding(resource, { finding = "untagged", key = missing, detail = detail })
end

---@class tags.AuditOptions: tags.ResourcesOptions
---@field policy tagpolicy.Policy

---Returns a finding for each violation of a policy of required tags, and one for each resource without tags.
---A kind that cannot be listed becomes the finding `not-visible`.
---@param opts tags.AuditOptions
---@return findings.Finding[]
function tags.audit(opts)
  local settings = options.read("tags.audit", opts, {
    policy = { "map", required = true },
    kinds = { "list" },
    tags = { "map" },
  })
  tagpolicy.check(settings.policy)
  local found = {}
  local function not_visible(kind, e)
    local detail = "Resources of the kind " .. kind .. " could not be listed: " .. tostring(e)
    report.incomplete(detail)
    local violated = { finding = "not-visible", detail = detail }
    found[#found + 1] = finding({ resource_type = kind, name = "" }, violated)
  end
  local resources = tags.resources { kinds = settings.kinds, tags = settings.tags, on_error = not_visible }
  for _, resource in ipairs(resources) do
    if is_bare(resource.tags) then
      found[#found + 1] = untagged(resource, settings.policy)
    else
      for _, violated in ipairs(tagpolicy.violations(resource.tags, settings.policy)) do
        found[#found + 1] = finding(resource, violated)
      end
    end
  end
  return findings.sorted(found, "resource_type", "resource_id", "key")
end

---@class tags.Applied
---@field resource_type? string
---@field resource_id string
---@field name string
---@field tags_set string The tags that were set, for example "Owner=team-web".
---@field status string "tagged", "kept" (nothing to set), "planned", "protected" or "failed".
---@field detail string

---@class tags.ApplyOptions
---@field keep? boolean Keep the values of existing tags. This requires rows instead of ids.

-- Returns the tags to set, and the existing tags with other values that are kept.
local function to_set(resource, assigned, keep)
  local set, kept = {}, {}
  for key, value in pairs(assigned) do
    local has = resource.tags and resource.tags[key]
    if has == nil or has ~= value and not keep then
      set[key] = value
    elseif has ~= value then
      kept[key] = has
    end
  end
  return set, kept
end

local function in_words(set)
  local words = {}
  for at, key in ipairs(list.keys(set)) do words[at] = key .. "=" .. set[key] end
  return table.concat(words, ", ")
end

local function as_row(resource, keep)
  local row = type(resource) == "table" and resource or { resource_id = resource }
  if type(row.resource_id) ~= "string" then
    error("tags.apply: a resource must be an id, or a row with a resource_id", 0)
  end
  if keep and not row.tags then error("tags.apply: option 'keep' requires rows of tags.resources instead of ids", 0) end
  return row
end

-- Groups the resources that the same calls can tag: the same kind and the same tags to set.
---@param resources (string|tags.Resource)[]
local function batches(resources, assigned, keep)
  local by_key, order, applied = {}, {}, {}
  for at, resource in ipairs(resources) do
    local row = as_row(resource, keep)
    local set, kept = to_set(row, assigned, keep)
    local words, stays = in_words(set), in_words(kept)
    applied[at] = {
      resource_type = row.resource_type,
      resource_id = row.resource_id,
      name = row.name or "",
      tags_set = words,
      status = "kept",
      detail = stays ~= "" and "Existing values are kept: " .. stays .. "." or "",
    }
    if words ~= "" then
      local kind = taggable.of(row.resource_type)
      -- EC2 tags all of its kinds by the same call.
      local key = (kind.service == "ec2" and kind.service or kind.name) .. "\0" .. words
      if not by_key[key] then
        by_key[key] = { kind = kind, set = set, rows = {} }
        order[#order + 1] = by_key[key]
      end
      table.insert(by_key[key].rows, applied[at])
    end
  end
  return order, applied
end

---Sets tags on many resources with as few calls as possible. A resource that cannot be tagged is reported and
---does not stop the others.
---@param resources (string|tags.Resource)[] Ids of EC2 resources, or rows of `tags.resources`.
---@param assigned table<string, string>
---@param opts? tags.ApplyOptions
---@return tags.Applied[] applied A row for each resource, in the same order.
function tags.apply(resources, assigned, opts)
  local settings = options.read("tags.apply", opts, { keep = { "boolean", default = false } })
  if not next(assigned) then error("tags.apply: no tags to set; name at least one", 0) end
  local order, applied = batches(resources, assigned, settings.keep)
  for _, batch in ipairs(order) do
    local ids = {}
    for at, row in ipairs(batch.rows) do ids[at] = row.resource_id end
    local results = changes.make(ids, function(some) return batch.kind.apply(some, batch.set) end, {
      size = batch.kind.batch,
      done = "tagged",
    })
    for _, row in ipairs(batch.rows) do
      local result = results[row.resource_id]
      if result then row.status = result.status end
      if result and result.detail ~= "" then row.detail = result.detail end
    end
  end
  return applied
end

return tags
