-- Tags: what has which, what lacks those that it has to have, and setting them. What can have tags is
-- listed in taggable.lua, policies are read in tagpolicy.lua.

local changes = require "changes"
local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local taggable = require "taggable"
local tagpolicy = require "tagpolicy"

local tags = {}

---Tags to choose by: a value (`*` and `?` as AWS knows them), several of which one is enough, true for
---any value, false for what lacks the tag.
---@alias tags.Wanted table<string, string|string[]|boolean>

-- A value with AWS's wildcards as a Lua pattern.
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

---Whether something's tags are as wanted.
---@param have table<string, string>
---@param wanted? tags.Wanted
---@return boolean
function tags.matches(have, wanted)
  for key, value in pairs(wanted or {}) do
    if not matches_one(have[key], value) then return false end
  end
  return true
end

---Filters for EC2: these, and those of the tags that are wanted; nil where there are none, since an empty
---list means everything to EC2. It cannot be asked for what lacks a tag: see `tags.lacks`.
---@param wanted? tags.Wanted
---@param others? moonfleet.Filters
---@return moonfleet.Filters?
function tags.filters(wanted, others)
  local filters = rows.merged(others or {}, {})
  for key, value in pairs(wanted or {}) do
    local name = "tag:" .. key
    if filters[name] then error("the tag " .. key .. " is asked for twice, as an option and in tags", 0) end
    if value ~= false then filters[name] = value == true and "*" or value end
  end
  return next(filters) and filters or nil
end

---Whether something has none of the tags that are wanted to be absent, which `tags.filters` cannot say.
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
  error("'" .. word .. "' is no tag: write " .. example, 0)
end

---What to choose by, from a command line's words: KEY=VALUE, KEY for any value, !KEY for what lacks it.
---A key that is given again takes either value.
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
      malformed(word, "KEY=VALUE, KEY or !KEY, as in App=App20")
    end
  end
  return wanted
end

---Tags to set, from a command line's words: KEY=VALUE.
---@param words string[]
---@return table<string, string>
function tags.assignments(words)
  local assigned = {}
  for _, word in ipairs(words) do
    local key, value = word:match "^([^=]+)=(.*)$"
    if not key then malformed(word, "KEY=VALUE, as in Owner=team-web") end
    if assigned[key] then error("the tag " .. key .. " is given twice", 0) end
    assigned[key] = value
  end
  if not next(assigned) then error("no tags are given: write KEY=VALUE, as in Owner=team-web", 0) end
  return assigned
end

---@class tags.Resource
---@field resource_type string As `tags.kinds` calls it.
---@field resource_id string
---@field name string
---@field tags table<string, string>

---@class tags.ResourcesOptions
---@field kinds? string|string[] As `tags.kinds` tells them, or "all"; without it, those that people make and pay for.
---@field tags? tags.Wanted
---@field on_error? fun(kind: string, error: any) Is told of a kind that cannot be listed, which else is an error.

---Everything of these kinds, with its tags: also what never had any, which AWS's tagging API omits.
---@param given? tags.ResourcesOptions
---@return tags.Resource[]
function tags.resources(given)
  local read = options.read("tags.resources", given, {
    kinds = { "list" },
    tags = { "map" },
    on_error = { "function" },
  })
  local function all_of(kind) return kind.list(tags.filters(read.tags)) end
  local kinds = taggable.named(read.kinds)
  local lists, errors = task.map(kinds, all_of, { limit = 8, on_error = read.on_error and "collect" or "raise" })
  for _, failure in ipairs(errors or {}) do read.on_error(failure.item.name, failure.error) end
  local found = {}
  for at, kind in ipairs(kinds) do
    -- The other services have no such filters.
    local is_wanted = kind.service == "ec2" and tags.lacks or tags.matches
    for _, row in ipairs(lists[at] or {}) do
      if is_wanted(row.tags, read.tags) then
        row.resource_type = kind.name
        found[#found + 1] = row
      end
    end
  end
  return list.sort_by(found, "resource_type", "name", "resource_id")
end

---The kinds that `tags.resources` knows.
---@return { name: string, service: string, scope: "regional"|"global", usual: boolean }[]
function tags.kinds()
  local kinds = {}
  for at, kind in ipairs(taggable.named { "all" }) do
    kinds[at] = { name = kind.name, service = kind.service, scope = kind.scope, usual = kind.usual }
  end
  return kinds
end

---The kinds of a list (or the usual ones) that are in regions, and those that are not.
---@param kinds? string[]
---@return string[] regional
---@return string[] global
function tags.by_scope(kinds)
  local of = { regional = {}, global = {} }
  for _, kind in ipairs(taggable.named(kinds)) do table.insert(of[kind.scope], kind.name) end
  return of.regional, of.global
end

local function is_bare(have)
  for key in pairs(have) do
    if key:sub(1, 4) ~= "aws:" then return false end
  end
  return true
end

-- What is missing is nobody's; what is wrong is counted in the wrong place.
local SEVERITY = {
  untagged = "medium",
  ["missing-tag"] = "medium",
  ["empty-tag"] = "medium",
  ["wrong-tag"] = "low",
  ["not-visible"] = "info",
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
  local detail = "Nobody has tagged it: set " .. missing .. "."
  return finding(resource, { finding = "untagged", key = missing, detail = detail })
end

---@class tags.AuditOptions: tags.ResourcesOptions
---@field policy tagpolicy.Policy

---What violates a policy of required tags: a finding for each violation, and one for what has no tags.
---A kind that the caller may not list is a finding too, `not-visible`.
---@param given tags.AuditOptions
---@return findings.Finding[]
function tags.audit(given)
  local read = options.read("tags.audit", given, {
    policy = { "map", required = true },
    kinds = { "list" },
    tags = { "map" },
  })
  tagpolicy.check(read.policy)
  local found = {}
  local function not_visible(kind, e)
    local violated = { finding = "not-visible", detail = "No " .. kind .. " could be looked at: " .. tostring(e) }
    found[#found + 1] = finding({ resource_type = kind, name = "" }, violated)
  end
  local resources = tags.resources { kinds = read.kinds, tags = read.tags, on_error = not_visible }
  for _, resource in ipairs(resources) do
    if is_bare(resource.tags) then
      found[#found + 1] = untagged(resource, read.policy)
    else
      for _, violated in ipairs(tagpolicy.violations(resource.tags, read.policy)) do
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
---@field tags_set string The tags that it was given, as in "Owner=team-web".
---@field status string "tagged", "kept" (it has them), "planned", "protected" or "failed".
---@field detail string

---@class tags.ApplyOptions
---@field keep? boolean A tag that is there keeps its value; for that, rows are needed, and not ids.

-- What a resource has still to get, and what it keeps in place of it.
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
  if type(row.resource_id) ~= "string" then error("tags.apply: it takes ids, or rows with a resource_id", 0) end
  if keep and not row.tags then error("tags.apply: to keep tags it needs rows, as tags.resources gives them", 0) end
  return row
end

-- Those that are tagged by the same calls: of one kind, with the same tags.
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
      detail = stays ~= "" and "It keeps " .. stays .. "." or "",
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

---Sets tags on many, with as few calls as AWS takes. What cannot be tagged is told of, and keeps no
---other from it.
---@param resources (string|tags.Resource)[] EC2's ids, or rows of `tags.resources`.
---@param assigned table<string, string>
---@param given? tags.ApplyOptions
---@return tags.Applied[] applied A row for each, in their order.
function tags.apply(resources, assigned, given)
  local read = options.read("tags.apply", given, { keep = { "boolean", default = false } })
  if not next(assigned) then error("tags.apply: there are no tags to set", 0) end
  local order, applied = batches(resources, assigned, read.keep)
  for _, batch in ipairs(order) do
    local ids = {}
    for at, row in ipairs(batch.rows) do ids[at] = row.resource_id end
    local outcomes = changes.make(ids, function(some) return batch.kind.apply(some, batch.set) end, {
      size = batch.kind.batch,
      done = "tagged",
    })
    for _, row in ipairs(batch.rows) do
      local outcome = outcomes[row.resource_id]
      if outcome then row.status = outcome.status end
      if outcome and outcome.detail ~= "" then row.detail = outcome.detail end
    end
  end
  return applied
end

return tags
