-- EBS volumes: which are unused, which unencrypted, and what they cost.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local tags = require "tags"

local volumes = {}

---US dollars a month for each GiB of a type: the list prices of us-east-1, which most regions exceed.
---AWS has no price list among the services here, so give your own region's where the sum matters.
---@type table<string, number>
volumes.PRICES = { gp2 = 0.10, gp3 = 0.08, io1 = 0.125, io2 = 0.125, st1 = 0.045, sc1 = 0.015, standard = 0.05 }

---@class volumes.Volume
---@field name string
---@field volume_id string
---@field size_gib integer
---@field type string
---@field state string
---@field encrypted boolean
---@field age? integer Seconds since it was made; AWS does not tell since when it is unused.
---@field create_time Time
---@field zone string
---@field iops? integer
---@field throughput? integer
---@field snapshot_id? string What it was made from.
---@field instance_ids string[] What it is attached to.
---@field device? string
---@field usd_month? number Size times the price of its type; provisioned IOPS and throughput come on top.
---@field tags table<string, string>

---@class volumes.Options
---@field tags? tags.Wanted
---@field name? string|string[]
---@field state? string|string[]
---@field type? string|string[]
---@field zone? string|string[]
---@field encrypted? boolean
---@field min_age? string|integer As in "30d".
---@field max_age? string|integer
---@field prices? table<string, number> US dollars a month for each GiB of a type; without it, `volumes.PRICES`.

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

---A flat record for each volume, by name and id.
---@param given? volumes.Options
---@return volumes.Volume[]
function volumes.list(given)
  local read = options.read("volumes.list", given, SPECS)
  local filters = { encrypted = read.encrypted }
  for option, filter in pairs(FILTERS) do filters[filter] = read[option] end
  local found = {}
  for _, volume in ipairs(ec2.describe_volumes.all { filters = tags.filters(read.tags, filters) }) do
    local row = record(volume, read.prices)
    if rows.is_of_age(row.age, read.min_age, read.max_age) and tags.lacks(row.tags, read.tags) then
      found[#found + 1] = row
    end
  end
  return list.sort_by(found, "name", "volume_id")
end

-- A finding about each volume that the caller's options and these choose.
local function find(function_name, given, set, judge)
  local specs = rows.merged(SPECS, {})
  for option in pairs(set) do specs[option] = nil end
  options.read(function_name, given, specs)
  local found = {}
  for at, row in ipairs(volumes.list(rows.merged(given or {}, set))) do found[at] = judge(row) end
  return findings.sorted(found, "volume_id")
end

-- What is worth getting up for.
local DEAR = 20

local function unattached(row)
  local detail = ("No instance uses these %d GiB of %s"):format(row.size_gib, row.type)
  if row.usd_month then detail = detail .. (", for about %.2f USD a month"):format(row.usd_month) end
  local severity = (row.usd_month or 0) >= DEAR and "medium" or "low"
  return findings.new(row, severity, "unattached-volume", detail .. ": keep a snapshot, and delete it.")
end

---Volumes that no instance uses: medium where they cost 20 dollars a month, else low.
---@param given? volumes.Options
---@return findings.Finding[]
function volumes.unattached(given)
  return find("volumes.unattached", given, { state = "available" }, unattached)
end

local function unencrypted(row)
  local is_used = #row.instance_ids > 0
  local who = is_used and "of " .. table.concat(row.instance_ids, ", ") or "that nobody uses"
  local detail = "A volume " .. who .. " is not encrypted: copy a snapshot of it encrypted, and make it anew from that."
  return findings.new(row, is_used and "medium" or "low", "unencrypted-volume", detail)
end

---Volumes that are not encrypted: medium where an instance uses them, else low.
---@param given? volumes.Options
---@return findings.Finding[]
function volumes.unencrypted(given)
  return find("volumes.unencrypted", given, { encrypted = false }, unencrypted)
end

---Whether new volumes are encrypted where nobody says so: a finding where they are not.
---@return findings.Finding[]
function volumes.encryption_off()
  if ec2.get_ebs_encryption_by_default().ebs_encryption_by_default then return {} end
  local detail = "New volumes are not encrypted unless somebody says so: turn on encryption by default in this region."
  return { findings.new({ name = "" }, "low", "encryption-not-default", detail) }
end

return volumes
