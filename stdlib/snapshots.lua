-- The account's own EBS snapshots: old and public snapshots.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local tags = require "tags"

local snapshots = {}

---@class snapshots.Snapshot
---@field name string
---@field snapshot_id string
---@field volume_id string Not the source of a copy: AWS gives copies an arbitrary id.
---@field volume_exists boolean
---@field is_copy boolean Whether it is known to be a copy. A copy with a description of its own may not be recognized.
---@field newer? string The newest completed snapshot of the same volume, if it is newer than this one.
---@field size_gib integer The size of the volume. A snapshot stores, and costs, only the changed blocks.
---@field state string
---@field encrypted boolean
---@field tier string
---@field age? integer
---@field start_time Time
---@field description string
---@field image_ids string[] The account's own images that contain it.
---@field managed_by? string The service that created it and will delete it: "aws-backup" or "data-lifecycle-manager".
---@field tags table<string, string>

---@class snapshots.Options
---@field tags? tags.Wanted
---@field name? string|string[]
---@field volume? string|string[] Ids of volumes.
---@field min_age? string|integer The minimum age, for example "90d".
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

-- The images that contain each snapshot, by snapshot id.
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

-- CopySnapshot's documentation: the copy has an arbitrary volume id that must not be used for any purpose. EC2
-- uses vol-ffffffff, describes copies without a description as "[Copied snap-… from …]" or, for images, "Copied
-- for Destination…", and returns a transfer type for timed copies only.
local function is_copy(snapshot)
  local description = snapshot.description or ""
  return snapshot.volume_id == "vol-ffffffff"
    or snapshot.transfer_type ~= nil
    or description:find "^%[Copied snap%-" ~= nil
    or description:find "^Copied for Destination" ~= nil
end

-- The newest completed snapshot of each volume, by volume id.
local function newest_by_volume(all)
  local newest = {}
  for _, snapshot in ipairs(all) do
    local other = newest[snapshot.volume_id]
    local is_newer = not other or snapshot.start_time > other.start_time
    if is_newer and snapshot.state == "completed" and not is_copy(snapshot) then
      newest[snapshot.volume_id] = snapshot
    end
  end
  return newest
end

local function record(snapshot, images, exists, newest)
  local copy = is_copy(snapshot)
  local last = not copy and newest[snapshot.volume_id] or nil
  return {
    name = rows.name(snapshot.tags),
    snapshot_id = snapshot.snapshot_id,
    volume_id = snapshot.volume_id,
    volume_exists = not copy and exists[snapshot.volume_id] == true,
    is_copy = copy,
    newer = last and last.start_time > snapshot.start_time and last.snapshot_id or nil,
    size_gib = snapshot.volume_size,
    state = snapshot.state,
    encrypted = snapshot.encrypted == true,
    tier = snapshot.storage_tier or "standard",
    age = rows.age(snapshot.start_time),
    start_time = snapshot.start_time,
    description = snapshot.description or "",
    image_ids = images[snapshot.snapshot_id] or {},
    managed_by = rows.managed_by(snapshot.tags),
    tags = snapshot.tags,
  }
end

local function select(settings, more)
  local filters = { encrypted = settings.encrypted }
  for option, filter in pairs(FILTERS) do filters[filter] = settings[option] end
  local input = { owner_ids = { "self" }, filters = tags.filters(settings.tags, filters) }
  for name, value in pairs(more or {}) do input[name] = value end
  local known = task.all {
    snapshots = function() return ec2.describe_snapshots.all(input) end,
    images = images_by_snapshot,
    exists = existing_volumes,
  }
  local found, newest = {}, newest_by_volume(known.snapshots)
  for _, snapshot in ipairs(known.snapshots) do
    local row = record(snapshot, known.images, known.exists, newest)
    if rows.is_of_age(row.age, settings.min_age, settings.max_age) and tags.lacks(row.tags, settings.tags) then
      found[#found + 1] = row
    end
  end
  return found
end

---Returns a flat record for each of the account's own snapshots, the oldest first.
---@param opts? snapshots.Options
---@return snapshots.Snapshot[]
function snapshots.list(opts)
  local settings = options.read("snapshots.list", opts, SPECS)
  return list.sort_by(select(settings), "start_time", "snapshot_id")
end

---@class snapshots.OldOptions: snapshots.Options
---@field all? boolean Include snapshots of images, and snapshots that a service manages.

local function old(row)
  local age = "Snapshot is " .. rows.age_in_days(row.age) .. " old"
  if row.managed_by then
    local detail = age .. " and managed by " .. row.managed_by .. "; check its retention plan."
    return findings.new(row, "info", "old-snapshot", detail)
  elseif #row.image_ids > 0 then
    local detail = age .. " and part of " .. table.concat(row.image_ids, ", ") .. "; deregister the image first."
    return findings.new(row, "info", "old-snapshot", detail)
  elseif row.is_copy then
    local detail = age .. " and a copy; check whether a recovery plan still needs it."
    return findings.new(row, "info", "old-copy", detail)
  elseif not row.volume_exists then
    local detail = age .. " and " .. row.volume_id
      .. " does not exist, so it may be the only copy of the data; check the data before you decide."
    return findings.new(row, "low", "snapshot-without-volume", detail)
  elseif row.newer then
    local detail = age .. " and " .. row.newer .. " is newer; delete it if its state is not needed."
    return findings.new(row, "low", "old-snapshot", detail)
  end
  local detail = age .. " and the newest of " .. row.volume_id .. "; create a newer one."
  return findings.new(row, "info", "old-snapshot", detail)
end

---Returns a finding for each snapshot that is older than `min_age` (default: 90 days). Only a newer snapshot of the
---same volume is a reason to delete one; a missing volume is not. Snapshots of images,
---and snapshots that a service manages, are only included with `all`.
---@param opts? snapshots.OldOptions
---@return findings.Finding[]
function snapshots.old(opts)
  local settings = options.read("snapshots.old", opts, OLD_SPECS)
  local found = {}
  for _, row in ipairs(select(settings)) do
    if settings.all or not (row.managed_by or #row.image_ids > 0) then found[#found + 1] = old(row) end
  end
  return findings.sorted(found, "start_time", "snapshot_id")
end

---Returns a finding for each public snapshot: any AWS account can copy its data.
---@param opts? snapshots.Options
---@return findings.Finding[]
function snapshots.shared_with_all(opts)
  local settings = options.read("snapshots.shared_with_all", opts, SPECS)
  local detail = 'Any AWS account can copy the data of this snapshot; remove "all" from its createVolumePermission.'
  local found = {}
  for at, row in ipairs(select(settings, { restorable_by_user_ids = { "all" } })) do
    found[at] = findings.new(row, "critical", "public-snapshot", detail)
  end
  return findings.sorted(found, "snapshot_id")
end

return snapshots
