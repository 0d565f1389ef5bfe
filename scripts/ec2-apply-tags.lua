-- Sets tags on many resources at once, selected by ids or by other tags. An existing value of a tag is kept,
-- unless `overwrite` is set.

local changes = require "changes"
local list = require "list"
local rows = require "rows"
local taggable = require "taggable"
local tags = require "tags"

local COLUMNS = { "status", "name", "resource_id", "region", "resource_type", "tags_set", "detail" }

-- A missing selection does not mean all resources.
local function check_choice(args)
  if not (args.ids and #args.ids > 0 or args.tags and #args.tags > 0) then
    error("nothing was tagged: select resources with ids (i-0123…,vol-0123…) or tags (KEY=VALUE, KEY or !KEY)", 0)
  end
end

local function usual_kinds()
  local names = {}
  for _, kind in ipairs(tags.kinds()) do
    if kind.usual and kind.service == "ec2" then names[#names + 1] = kind.name end
  end
  return names
end

-- Returns the kinds to search. Ids tell their kinds, so that a rare kind needs no other argument.
local function kinds_of(args)
  if args.kinds then return args.kinds end
  if not args.ids then return usual_kinds() end
  local kinds = {}
  for _, id in ipairs(args.ids) do
    local kind = taggable.kind_of_id(id)
    if not kind then error("nothing was tagged: the kind of '" .. id .. "' is unknown; name it with kinds", 0) end
    kinds[kind] = true
  end
  return list.keys(kinds)
end

local function chosen(kinds, args)
  if #kinds == 0 then return {} end
  local wanted, ids = tags.parse(args.tags), {}
  for _, id in ipairs(args.ids or {}) do ids[id] = true end
  local found = {}
  for _, resource in ipairs(tags.resources { kinds = kinds, tags = wanted }) do
    if not args.ids or ids[resource.resource_id] then found[#found + 1] = resource end
  end
  return found
end

-- Returns the resources to tag by region, and the global ones. Every region is listed before the first change.
local function find(args)
  local regional, global = tags.by_scope(kinds_of(args))
  local swept = sweep.regions(args.regions, function() return chosen(regional, args) end)
  if not swept.complete then
    error("nothing was tagged because of the errors above; fix them or select fewer regions", 0)
  end
  local by_region = {}
  for _, resource in ipairs(swept.results) do
    by_region[resource.region] = by_region[resource.region] or {}
    table.insert(by_region[resource.region], resource)
  end
  return by_region, chosen(global, args)
end

local function apply(by_region, global, assigned, args)
  local options = { keep = not args.overwrite }
  local done = {}
  if next(by_region) then
    done = sweep.regions(list.keys(by_region), function(session)
      return tags.apply(by_region[session.region], assigned, options)
    end).results
  end
  for _, row in ipairs(tags.apply(global, assigned, options)) do
    done[#done + 1] = rows.merged(row, { region = "global" })
  end
  return done
end

-- Adds a row for each id that was not found in any of the regions.
local function add_missing(done, ids)
  local seen = {}
  for _, row in ipairs(done) do seen[row.resource_id] = true end
  for _, id in ipairs(ids or {}) do
    if not seen[id] then
      local detail = "No resource has this id; check the regions and the kinds."
      done[#done + 1] = { resource_id = id, name = "", status = "failed", tags_set = "", detail = detail }
    end
  end
end

return script {
  summary = "Set tags on resources, selected by ids or by other tags.",
  risk = "write",
  args = {
    set = { "list", required = true, help = "Set these tags, as KEY=VALUE." },
    ids = { "list", help = "Select resources by id." },
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    kinds = { "list", help = "Select kinds of resources, such as instance,volume; by default those of the ids or the usual." },
    overwrite = { "boolean", default = false, help = "Replace existing values." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  example = { args = { set = { "Owner=team-platform" }, tags = { "!Owner" }, kinds = { "instance", "volume" } } },
  run = function(args)
    check_choice(args)
    local assigned = tags.assignments(args.set)
    local by_region, global = find(args)
    local done = apply(by_region, global, assigned, args)
    add_missing(done, args.ids)
    done = list.sort_by(done, "status", "region", "resource_type", "name", "resource_id")
    report.print(done, { title = "Tags", columns = COLUMNS })
    return changes.exit_code(done)
  end,
}
