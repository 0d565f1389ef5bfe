-- Reserved instances compared with running instances: used and unused reservations, and instances without a
-- reservation.

local list = require "list"
local options = require "options"

local reserved = {}

---@class reserved.Reservation
---@field reserved_instances_id string
---@field type string
---@field product string
---@field zone? string Nil if the reservation applies to the whole region.
---@field tenancy string
---@field count integer
---@field state string
---@field offering_class string
---@field offering_type string
---@field start Time
---@field end_time Time
---@field days_left integer
---@field tags table<string, string>

local function record(reservation)
  return {
    reserved_instances_id = reservation.reserved_instances_id,
    type = reservation.instance_type,
    -- All instances run in a VPC today, so the suffix says nothing.
    product = (reservation.product_description:gsub(" %(Amazon VPC%)$", "")),
    zone = reservation.availability_zone,
    tenancy = reservation.instance_tenancy or "default",
    count = reservation.instance_count,
    state = reservation.state,
    offering_class = reservation.offering_class,
    offering_type = reservation.offering_type,
    start = reservation.start,
    end_time = reservation["end"],
    days_left = math.ceil((reservation["end"] - time.now()) / time.days(1)),
    tags = reservation.tags,
  }
end

---Returns a flat record for each reservation, sorted by its end. Default: active reservations.
---@param opts? { state?: string|string[] }
---@return reserved.Reservation[]
function reserved.list(opts)
  local settings = options.read("reserved.list", opts, { state = { "list", default = { "active" } } })
  local found = {}
  for at, reservation in ipairs(ec2.describe_reserved_instances.all { filters = { state = settings.state } }) do
    found[at] = record(reservation)
  end
  return list.sort_by(found, "end_time", "reserved_instances_id")
end

-- AWS's normalization factors: the capacity of each size in a family.
local FACTORS = { nano = 0.25, micro = 0.5, small = 1, medium = 2, large = 4, xlarge = 8 }

-- Families without size flexibility: even a regional reservation applies to one size only.
---@type table<string, boolean?>
local FIXED_SIZE = {
  g4ad = true,
  g4dn = true,
  g5 = true,
  g5g = true,
  g6 = true,
  g6e = true,
  gr6 = true,
  inf1 = true,
  inf2 = true,
}

---@param type string
---@return number?
local function factor_of(type)
  local size = type:match "%.(.+)$"
  local times = size and tonumber(size:match "^(%d+)xlarge$")
  if times then return FACTORS.xlarge * times end
  return FACTORS[size]
end

local function family_of(type)
  return type:match "^([^.]+)"
end

-- Regional Linux reservations with default tenancy apply to all sizes of a family, in proportion.
---@return boolean
local function is_flexible(reservation)
  return reservation.zone == nil
    and reservation.product == "Linux/UNIX"
    and reservation.tenancy == "default"
    and factor_of(reservation.type) ~= nil
    and not FIXED_SIZE[family_of(reservation.type)]
end

---@class reserved.Line
---@field kind "reserved"|"running"
---@field type string
---@field product string
---@field zone string The zone, or "any" for a reservation of the whole region.
---@field reserved? integer
---@field running? integer
---@field covered number For a reservation: its used instances. For running instances: those that a reservation covers.
---@field unused? number Reserved instances that are paid for, but not used.
---@field uncovered? number
---@field end_time? Time
---@field days_left? integer
---@field expiring? boolean Whether the reservation ends soon, used or not.
---@field status "used"|"unused"|"expiring"|"covered"|"uncovered"
---@field reserved_instances_id? string

---@class reserved.CoverageOptions
---@field soon? string|integer A reservation that ends within this time is expiring. Default: "30d".

-- Running instances by type, zone, product and tenancy. Spot instances are left out: reservations do not apply to them.
local function running()
  local groups, order = {}, {}
  for _, instance in ipairs(fleet.instances { state = "running", lifecycle = "on-demand" }) do
    local key = table.concat({ instance.type, instance.zone, instance.platform_details, instance.tenancy }, "\0")
    if not groups[key] then
      groups[key] = {
        type = instance.type,
        zone = instance.zone,
        product = instance.platform_details,
        tenancy = instance.tenancy,
        count = 0,
        left = 0,
      }
      order[#order + 1] = groups[key]
    end
    groups[key].count = groups[key].count + 1
    groups[key].left = groups[key].count
  end
  -- AWS applies a flexible reservation to the smallest size first.
  return list.sort_by(order, function(group) return factor_of(group.type) or math.huge end, "type", "zone", "product")
end

local function is_same(group, reservation)
  return group.product == reservation.product and group.tenancy == reservation.tenancy
end

-- Covers the instances of a group with the rest of a reservation, counted in instances of the reservation's type.
local function cover(reservation, group, per_instance)
  local taken = math.min(reservation.left, group.left * per_instance)
  reservation.left = reservation.left - taken
  group.left = group.left - taken / per_instance
end

local function cover_same_type(reservation, groups)
  for _, group in ipairs(groups) do
    local in_zone = reservation.zone == nil or reservation.zone == group.zone
    if in_zone and group.type == reservation.type and is_same(group, reservation) then cover(reservation, group, 1) end
  end
end

local function cover_family(reservation, groups)
  local own = factor_of(reservation.type)
  for _, group in ipairs(groups) do
    local factor = factor_of(group.type)
    if own and factor and family_of(group.type) == family_of(reservation.type) and is_same(group, reservation) then
      cover(reservation, group, factor / own)
    end
  end
end

-- In AWS's order: reservations of a zone, then those of the region.
local function cover_all(reservations, groups)
  for _, reservation in ipairs(reservations) do
    reservation.left = reservation.count
    if reservation.zone then cover_same_type(reservation, groups) end
  end
  for _, reservation in ipairs(reservations) do
    if is_flexible(reservation) then
      cover_family(reservation, groups)
    elseif not reservation.zone then
      cover_same_type(reservation, groups)
    end
  end
end

local function rounded(count)
  return math.floor(count * 100 + 0.5) / 100
end

local function reserved_line(reservation, soon)
  local expires = reservation.end_time - time.now() <= soon
  local status = reservation.left > 0 and "unused" or expires and "expiring" or "used"
  return {
    kind = "reserved",
    type = reservation.type,
    product = reservation.product,
    zone = reservation.zone or "any",
    reserved = reservation.count,
    covered = rounded(reservation.count - reservation.left),
    unused = rounded(reservation.left),
    end_time = reservation.end_time,
    days_left = reservation.days_left,
    expiring = expires,
    status = status,
    reserved_instances_id = reservation.reserved_instances_id,
  }
end

local function running_line(group)
  return {
    kind = "running",
    type = group.type,
    product = group.product,
    zone = group.zone,
    running = group.count,
    covered = rounded(group.count - group.left),
    uncovered = rounded(group.left),
    status = group.left > 0 and "uncovered" or "covered",
  }
end

---Compares active reservations with running instances. Returns a row for each reservation, sorted by its
---end, then a row for each type, zone and product of running instances. Regional Linux reservations also
---apply to other sizes of their family in proportion, as AWS applies them. Reservations shared by other
---accounts of an organization, and Savings Plans, which can cover the instances without a reservation, are not
---visible.
---@param opts? reserved.CoverageOptions
---@return reserved.Line[]
function reserved.coverage(opts)
  local settings = options.read("reserved.coverage", opts, { soon = { "duration", default = time.days(30) } })
  local known = task.all { reservations = reserved.list, groups = running }
  cover_all(known.reservations, known.groups)
  local lines = json.list()
  for _, reservation in ipairs(known.reservations) do lines[#lines + 1] = reserved_line(reservation, settings.soon) end
  local groups = list.sort_by(known.groups, "type", "zone", "product")
  for _, group in ipairs(groups) do lines[#lines + 1] = running_line(group) end
  return lines
end

return reserved
