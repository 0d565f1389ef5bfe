-- Sets tags on many things at once: on ids, or on what other tags choose. What has another value
-- already keeps it, unless it is said otherwise.

local changes = require "changes"
local list = require "list"
local rows = require "rows"
local tags = require "tags"

local COLUMNS = { "status", "name", "resource_id", "region", "resource_type", "tags_set", "detail" }

-- Nothing chosen is not everything.
local function check_choice(args)
  if not (args.ids and #args.ids > 0 or args.tags and #args.tags > 0) then
    error("nothing was tagged: say which with ids (i-0123…,vol-0123…) or tags (KEY=VALUE, KEY or !KEY)", 0)
  end
end

local function usual_kinds()
  local names = {}
  for _, kind in ipairs(tags.kinds()) do
    if kind.usual and kind.service == "ec2" then names[#names + 1] = kind.name end
  end
  return names
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

-- What there is to tag in each region, and in none. All of them have said what they have before
-- anything is changed.
local function find(args)
  local regional, global = tags.by_scope(args.kinds or usual_kinds())
  local swept = sweep.regions(args.regions, function() return chosen(regional, args) end)
  if not swept.complete then error("nothing was tagged, because of the errors above", 0) end
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

-- An id that is in none of the places that were looked in.
local function add_missing(done, ids)
  local seen = {}
  for _, row in ipairs(done) do seen[row.resource_id] = true end
  for _, id in ipairs(ids or {}) do
    if not seen[id] then
      local detail = "There is no such thing here: look at the region, and at the kinds."
      done[#done + 1] = { resource_id = id, name = "", status = "failed", tags_set = "", detail = detail }
    end
  end
end

return script {
  summary = "Set tags on resources, chosen by their ids or by other tags.",
  risk = "write",
  args = {
    set = { "list", required = true, help = "The tags to set, as KEY=VALUE." },
    ids = { "list", help = "Only these ids." },
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    kinds = { "list", help = "The kinds to look at, such as instance,volume; without it, the usual ones of EC2." },
    overwrite = { "boolean", default = false, help = "Replace other values, which are kept if it is not said." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
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
