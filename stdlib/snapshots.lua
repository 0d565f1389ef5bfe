-- EBS snapshots of one's own: the old ones, those that nothing needs any more, and those that others
-- can read.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local tags = require "tags"

local snapshots = {}

---@class snapshots.Snapshot
---@field name string
---@field snapshot_id string
---@field volume_id string
---@field volume_exists boolean
---@field size_gib integer Of the volume; what is stored, and paid for, is less: what has changed.
---@field state string
---@field encrypted boolean
---@field tier string
---@field age? integer
---@field start_time Time
---@field description string
---@field image_ids string[] The own images that are made of it.
---@field managed_by? string What made it and will delete it: "aws-backup" or "data-lifecycle-manager".
---@field tags table<string, string>

---@class snapshots.Options
---@field tags? tags.Wanted
---@field name? string|string[]
---@field volume? string|string[] The ids of volumes.
---@field min_age? string|integer As in "90d".
---@field max_age? string|integer
---@field encrypted? boolean

local FILTERS = { volume = "volume-id", name = "tag:Name" }

local SPECS = {
  tags = { "map" },
  name = { "list" },
  volume = { "list" },
  min_age = { "duration" },
  max_age = { "duration" },
  encrypted = { "boolean" },
}

local OLD_SPECS = rows.merged(SPECS, {
  all = { "boolean" },
  min_age = { "duration", default = time.days(90) },
})

-- What the services that make snapshots put on theirs.
local MANAGERS = {
  { "aws:backup:source-resource", "aws-backup" },
  { "aws:dlm:lifecycle-policy-id", "data-lifecycle-manager" },
}

local function manager_of(tags_of_it)
  for _, manager in ipairs(MANAGERS) do
    if tags_of_it[manager[1]] then return manager[2] end
  end
end

-- The images that each snapshot is a part of.
local function images_by_snapshot()
  local by_snapshot = {}
  for _, image in ipairs(ec2.describe_images.all { owners = { "self" } }) do
    for _, mapping in ipairs(image.block_device_mappings) do
      local id = mapping.ebs and mapping.ebs.snapshot_id
      if id then
        by_snapshot[id] = by_snapshot[id] or {}
        table.insert(by_snapshot[id], image.image_id)
      end
    end
  end
  return by_snapshot
end

local function existing_volumes()
  local exists = {}
  for volume in ec2.describe_volumes.items() do exists[volume.volume_id] = true end
  return exists
end

local function record(snapshot, images, exists)
  return {
    name = rows.name(snapshot.tags),
    snapshot_id = snapshot.snapshot_id,
    volume_id = snapshot.volume_id,
    volume_exists = exists[snapshot.volume_id] == true,
    size_gib = snapshot.volume_size,
    state = snapshot.state,
    encrypted = snapshot.encrypted == true,
    tier = snapshot.storage_tier or "standard",
    age = rows.age(snapshot.start_time),
    start_time = snapshot.start_time,
    description = snapshot.description or "",
    image_ids = images[snapshot.snapshot_id] or {},
    managed_by = manager_of(snapshot.tags),
    tags = snapshot.tags,
  }
end

local function select(read, more)
  local filters = { encrypted = read.encrypted }
  for option, filter in pairs(FILTERS) do filters[filter] = read[option] end
  local input = { owner_ids = { "self" }, filters = tags.filters(read.tags, filters) }
  for name, value in pairs(more or {}) do input[name] = value end
  local known = task.all {
    snapshots = function() return ec2.describe_snapshots.all(input) end,
    images = images_by_snapshot,
    exists = existing_volumes,
  }
  local found = {}
  for _, snapshot in ipairs(known.snapshots) do
    local row = record(snapshot, known.images, known.exists)
    if rows.is_of_age(row.age, read.min_age, read.max_age) and tags.lacks(row.tags, read.tags) then
      found[#found + 1] = row
    end
  end
  return found
end

---A flat record for each of the account's own snapshots, the oldest first.
---@param given? snapshots.Options
---@return snapshots.Snapshot[]
function snapshots.list(given)
  local read = options.read("snapshots.list", given, SPECS)
  return list.sort_by(select(read), "start_time", "snapshot_id")
end

---@class snapshots.OldOptions: snapshots.Options
---@field all? boolean Also those that cannot be deleted: of images, and of services that delete them.

local function old(row)
  local says = ("It is %d days old"):format(rows.days(row.age))
  if row.managed_by then
    local detail = says .. ", and " .. row.managed_by .. " deletes it: look at its plan."
    return findings.new(row, "info", "old-snapshot", detail)
  elseif #row.image_ids > 0 then
    local detail = says .. ", and a part of " .. table.concat(row.image_ids, ", ") .. ": deregister that first."
    return findings.new(row, "info", "old-snapshot", detail)
  elseif row.volume_exists then
    local detail = says .. ": delete it if there are newer ones of " .. row.volume_id .. "."
    return findings.new(row, "low", "old-snapshot", detail)
  end
  local detail = says .. ", and its volume is gone: delete it if nobody needs the data."
  return findings.new(row, "medium", "orphaned-snapshot", detail)
end

---Snapshots that are older than `min_age`, 90 days if it is not said. Those of images, and those that a
---service deletes by its own plan, are only told of with `all`.
---@param given? snapshots.OldOptions
---@return findings.Finding[]
function snapshots.old(given)
  local read = options.read("snapshots.old", given, OLD_SPECS)
  local found = {}
  for _, row in ipairs(select(read)) do
    if read.all or not (row.managed_by or #row.image_ids > 0) then found[#found + 1] = old(row) end
  end
  return findings.sorted(found, "start_time", "snapshot_id")
end

---Snapshots that everybody can read.
---@param given? snapshots.Options
---@return findings.Finding[]
function snapshots.shared_with_all(given)
  local read = options.read("snapshots.shared_with_all", given, SPECS)
  local detail = "Everybody with an AWS account can copy its data: remove all from its createVolumePermission."
  local found = {}
  for at, row in ipairs(select(read, { restorable_by_user_ids = { "all" } })) do
    found[at] = findings.new(row, "critical", "public-snapshot", detail)
  end
  return findings.sorted(found, "snapshot_id")
end

return snapshots
