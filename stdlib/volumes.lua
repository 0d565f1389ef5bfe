-- EBS volumes: unattached and unencrypted volumes, and their costs.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local tags = require "tags"

local volumes = {}

---US dollars per month by region: for each GiB of a type, for each provisioned operation per second (`gp3-iops`) and
---each MiB per second (`gp3-throughput`) above the included ones. `io2-iops-2` and `io2-iops-3` are the prices from
---32,001 and 64,001 operations on. AWS's list prices of EBS. The services of Moonfleet include no price list, so the
---cost in other regions is unknown, unless the option `prices` has their prices.
---@type table<string, table<string, number>>
volumes.PRICES = {
  ["us-east-1"] = {
    gp2 = 0.10,
    gp3 = 0.08,
    ["gp3-iops"] = 0.005,
    ["gp3-throughput"] = 0.04,
    io1 = 0.125,
    ["io1-iops"] = 0.065,
    io2 = 0.125,
    ["io2-iops"] = 0.065,
    ["io2-iops-2"] = 0.046,
    ["io2-iops-3"] = 0.032,
    st1 = 0.045,
    sc1 = 0.015,
    standard = 0.05,
  },
}

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
---@field usd_month? number For size, provisioned operations and throughput. Nil if a price is unknown.
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
---@field prices? table<string, number> The region's prices by the names in `volumes.PRICES`.

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
  prices = { "map" },
}

local function cents(amount)
  return math.floor(amount * 100 + 0.5) / 100
end

-- The operations and the throughput that the price of a GiB includes (EBS's documentation). The performance of gp2,
-- st1, sc1 and standard follows from the size.
local INCLUDED = { gp3 = { iops = 3000, throughput = 125 }, io1 = { iops = 0 }, io2 = { iops = 0 } }

-- The operations from which the second and the third price of io2 apply.
local TIERS = { 32000, 64000 }

-- Returns the chargeable units of a volume by the names of their prices.
---@return table<string, number>
local function units_of(volume)
  local kind = volume.volume_type
  ---@type table<string, number>
  local units = { [kind] = volume.size }
  local included = INCLUDED[kind] --[[@as { iops: integer, throughput?: integer }?]]
  if not included then return units end
  local iops = math.max((volume.iops or 0) - included.iops, 0) --[[@as number]]
  if kind == "io2" then
    units["io2-iops-3"] = math.max(iops - TIERS[2], 0)
    units["io2-iops-2"] = math.max(math.min(iops, TIERS[2]) - TIERS[1], 0)
    iops = math.min(iops, TIERS[1])
  end
  units[kind .. "-iops"] = iops
  if included.throughput then
    units[kind .. "-throughput"] = math.max((volume.throughput or 0) - included.throughput, 0)
  end
  return units
end

local function cost_of(volume, prices)
  local sum = 0.0
  for name, count in pairs(units_of(volume)) do
    if count > 0 then
      if not prices[name] then return nil end
      sum = sum + count * prices[name]
    end
  end
  return cents(sum)
end

local function record(volume, prices)
  local instance_ids, device = json.list(), nil
  for _, attachment in ipairs(volume.attachments) do
    instance_ids[#instance_ids + 1] = attachment.instance_id
    device = device or attachment.device
  end
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
    usd_month = cost_of(volume, prices),
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
  local found, prices = {}, settings.prices or volumes.PRICES[aws.region] or {}
  for _, volume in ipairs(ec2.describe_volumes.all { filters = tags.filters(settings.tags, filters) }) do
    local row = record(volume, prices)
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
  local settings = options.read(function_name, opts, specs)
  local found = {}
  for at, row in ipairs(volumes.list(rows.merged(settings, set))) do found[at] = judge(row) end
  return findings.sorted(found, "volume_id")
end

-- US dollars per month from which an unattached volume is a finding of medium severity.
local EXPENSIVE = 20

-- The size with which a volume of an unknown price counts as expensive.
local LARGE = 250

local function unattached(row)
  local detail = ("Unattached %d GiB %s volume"):format(row.size_gib, row.type)
  if row.usd_month then
    detail = detail .. (" costs about %.2f USD per month"):format(row.usd_month)
  else
    detail = detail .. " (the price in " .. aws.region .. " is unknown)"
  end
  local is_expensive = row.usd_month and row.usd_month >= EXPENSIVE or not row.usd_month and row.size_gib >= LARGE
  local severity = is_expensive and "medium" or "low"
  return findings.new(row, severity, "unattached-volume", detail .. "; create a snapshot, then delete it.")
end

---Returns a finding for each volume that no instance uses: medium from 20 US dollars per month,
---or from 250 GiB if the price is unknown, otherwise low.
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
  if ec2.get_ebs_encryption_by_default().ebs_encryption_by_default then return json.list() end
  local detail = "New volumes are not encrypted by default; turn on encryption by default in this region."
  return { findings.new({ name = "" }, "low", "encryption-not-default", detail) }
end

return volumes
