-- EBS volumes: unattached and unencrypted volumes, and their costs.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local tags = require "tags"

local volumes = {}

---US dollars per month and GiB by volume type: the list prices of us-east-1, which most regions exceed. The
---services of Moonfleet include no price list, so pass your own region's prices if the amount matters.
---@type table<string, number>
volumes.PRICES = { gp2 = 0.10, gp3 = 0.08, io1 = 0.125, io2 = 0.125, st1 = 0.045, sc1 = 0.015, standard = 0.05 }

---@class volumes.Volume
---@field name string
---@field volume_id string
---@field size_gib integer
---@field type string
---@field state string
---@field encrypted boolean
---@field age? integer Seconds since its creation. AWS does not record since when a volume is unused.
---@field create_time Time
---@field zone string
---@field iops? integer
---@field throughput? integer
---@field snapshot_id? string The snapshot that it was created from.
---@field instance_ids string[] The instances that it is attached to.
---@field device? string
---@field usd_month? number Size times the price of its type, without provisioned IOPS and throughput.
---@field tags table<string, string>

---@class volumes.Options
---@field tags? tags.Wanted
---@field name? string|string[]
---@field state? string|string[]
---@field type? string|string[]
---@field zone? string|string[]
---@field encrypted? boolean
---@field min_age? string|integer The minimum age, for example "30d".
---@field max_age? string|integer
---@field prices? table<string, number> US dollars per month and GiB by volume type. Default: `volumes.PRICES`.

local FILTERS = { state = "status", type = "volume-type", zone = "availability-zone", name = "tag:Name" }

local SPECS = {
  tags = { "map" },
  name = { "list" },
  state = { "list", choices = { "creating", "available", "in-use", "deleting", "deleted", "error" } },
  type = { "list" },
  zone = { "list" },
  encrypted = { "boolean" },
  min_age = { "duration" },
  max_age = { "duration" },
  prices = { "map", default = volumes.PRICES },
}

local function cents(amount)
  return math.floor(amount * 100 + 0.5) / 100
end

local function record(volume, prices)
  local instance_ids, device = json.list(), nil
  for _, attachment in ipairs(volume.attachments) do
    instance_ids[#instance_ids + 1] = attachment.instance_id
    device = device or attachment.device
  end
  local price = prices[volume.volume_type]
  local snapshot = volume.snapshot_id
  return {
    name = rows.name(volume.tags),
    volume_id = volume.volume_id,
    size_gib = volume.size,
    type = volume.volume_type,
    state = volume.state,
    encrypted = volume.encrypted == true,
    age = rows.age(volume.create_time),
    create_time = volume.create_time,
    zone = volume.availability_zone,
    iops = volume.iops,
    throughput = volume.throughput,
    snapshot_id = snapshot ~= "" and snapshot or nil,
    instance_ids = instance_ids,
    device = device,
    usd_month = price and cents(volume.size * price),
    tags = volume.tags,
  }
end

---Returns a flat record for each volume, sorted by name and id.
---@param opts? volumes.Options
---@return volumes.Volume[]
function volumes.list(opts)
  local settings = options.read("volumes.list", opts, SPECS)
  local filters = { encrypted = settings.encrypted }
  for option, filter in pairs(FILTERS) do filters[filter] = settings[option] end
  local found = {}
  for _, volume in ipairs(ec2.describe_volumes.all { filters = tags.filters(settings.tags, filters) }) do
    local row = record(volume, settings.prices)
    if rows.is_of_age(row.age, settings.min_age, settings.max_age) and tags.lacks(row.tags, settings.tags) then
      found[#found + 1] = row
    end
  end
  return list.sort_by(found, "name", "volume_id")
end

-- Returns a finding for each volume that matches the caller's options and the fixed ones in `set`.
local function find(function_name, opts, set, judge)
  local specs = rows.merged(SPECS, {})
  for option in pairs(set) do specs[option] = nil end
  options.read(function_name, opts, specs)
  local found = {}
  for at, row in ipairs(volumes.list(rows.merged(opts or {}, set))) do found[at] = judge(row) end
  return findings.sorted(found, "volume_id")
end

-- US dollars per month from which an unattached volume is a finding of medium severity.
local EXPENSIVE = 20

local function unattached(row)
  local detail = ("Unattached %d GiB %s volume"):format(row.size_gib, row.type)
  if row.usd_month then detail = detail .. (" costs about %.2f USD per month"):format(row.usd_month) end
  local severity = (row.usd_month or 0) >= EXPENSIVE and "medium" or "low"
  return findings.new(row, severity, "unattached-volume", detail .. "; create a snapshot, then delete it.")
end

---Returns a finding for each volume that no instance uses: medium from 20 US dollars per month, otherwise low.
---@param opts? volumes.Options
---@return findings.Finding[]
function volumes.unattached(opts)
  return find("volumes.unattached", opts, { state = "available" }, unattached)
end

local function unencrypted(row)
  local is_used = #row.instance_ids > 0
  local subject = is_used and "Volume of " .. table.concat(row.instance_ids, ", ") or "Unattached volume"
  local detail = subject .. " is not encrypted; recreate it from an encrypted copy of a snapshot."
  return findings.new(row, is_used and "medium" or "low", "unencrypted-volume", detail)
end

---Returns a finding for each volume that is not encrypted: medium if an instance uses it, otherwise low.
---@param opts? volumes.Options
---@return findings.Finding[]
function volumes.unencrypted(opts)
  return find("volumes.unencrypted", opts, { encrypted = false }, unencrypted)
end

---Returns a finding if the region does not encrypt new volumes by default.
---@return findings.Finding[]
function volumes.encryption_off()
  if ec2.get_ebs_encryption_by_default().ebs_encryption_by_default then return {} end
  local detail = "New volumes are not encrypted by default; turn on encryption by default in this region."
  return { findings.new({ name = "" }, "low", "encryption-not-default", detail) }
end

return volumes
