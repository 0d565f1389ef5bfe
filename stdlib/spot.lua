-- Spot prices: what a type costs now, where it is cheapest, and how its price has moved.

local list = require "list"
local options = require "options"
local rows = require "rows"

local spot = {}

---@class spot.Price
---@field type string
---@field zone string
---@field product string As in "Linux/UNIX".
---@field usd_hour number
---@field since Time Since when it has been so.

---@class spot.Options
---@field types string|string[] Instance types.
---@field products? string|string[] "Linux/UNIX" if it is not said; "Windows", "Red Hat Enterprise Linux" …
---@field zones? string|string[] Without it, all of the region's.

local SPECS = {
  types = { "list", required = true },
  products = { "list", default = { "Linux/UNIX" } },
  zones = { "list" },
}

local function history(read, from)
  return ec2.describe_spot_price_history.all {
    instance_types = read.types,
    product_descriptions = read.products,
    filters = read.zones and { ["availability-zone"] = read.zones },
    start_time = from,
  }
end

local function place_of(price)
  return table.concat({ price.instance_type, price.availability_zone, price.product_description }, "\0")
end

-- The changes of each type, zone and product, the oldest first.
local function by_place(changes)
  local places, order = {}, {}
  for _, change in ipairs(changes) do
    local key = place_of(change)
    if not places[key] then
      places[key] = {}
      order[#order + 1] = key
    end
    table.insert(places[key], { usd_hour = tonumber(change.spot_price), at = change.timestamp, change = change })
  end
  local series = {}
  for at, key in ipairs(order) do
    series[at] = list.sort_by(places[key], "at")
  end
  return series
end

local function record(last)
  return {
    type = last.change.instance_type,
    zone = last.change.availability_zone,
    product = last.change.product_description,
    usd_hour = last.usd_hour,
    since = last.at,
  }
end

local function cheapest_first(found)
  return list.sort_by(found, "usd_hour", "type", "zone", "product")
end

---What types cost now in each zone, the cheapest first.
---@param given spot.Options
---@return spot.Price[]
function spot.prices(given)
  local read = options.read("spot.prices", given, SPECS)
  local now, found = time.now(), {}
  -- Of what begins now, AWS tells the price that holds.
  for at, steps in ipairs(by_place(history(read, now))) do found[at] = record(steps[#steps]) end
  return cheapest_first(found)
end

---@class spot.HistoryOptions: spot.Options
---@field since? string|integer How far to look back, "7d" if it is not said; AWS keeps 90 days.

---@class spot.History: spot.Price
---@field min number
---@field mean number Over the time, not over the changes.
---@field max number
---@field changes integer How often it has changed.
---@field change number How much dearer it is now than at the beginning: 0.1 is a tenth.

local function round(amount)
  return math.floor(amount * 1e6 + 0.5) / 1e6
end

-- A change before the period says what held when it began.
local function summed(steps, from, to)
  local row = record(steps[#steps])
  local low, high, sum, covered = math.huge, -math.huge, 0.0, 0.0
  for at, one in ipairs(steps) do
    local begins = one.at < from and from or one.at
    local ends = steps[at + 1] and steps[at + 1].at or to
    local length = math.max(ends - begins, 0.0)
    low, high = math.min(low, one.usd_hour), math.max(high, one.usd_hour)
    sum, covered = sum + one.usd_hour * length, covered + length
  end
  row.min, row.max = low, high
  row.mean = covered > 0 and round(sum / covered) or row.usd_hour
  row.changes = #steps - 1
  row.change = round(row.usd_hour / steps[1].usd_hour - 1)
  return row
end

---How prices have moved: for each type and zone what it costs now, and the least, the mean and the most
---since a time. The cheapest first.
---@param given spot.HistoryOptions
---@return spot.History[]
function spot.history(given)
  local specs = rows.merged(SPECS, { since = { "duration", default = time.days(7) } })
  local read = options.read("spot.history", given, specs)
  -- Whole minutes: two runs within one see the same mean.
  local to = time.from_unix(time.now():unix() // 60 * 60)
  local from = to - read.since
  local found = {}
  for at, steps in ipairs(by_place(history(read, from))) do found[at] = summed(steps, from, to) end
  return cheapest_first(found)
end

---The cheapest zone for each type.
---@param given spot.Options
---@return spot.Price[]
function spot.cheapest(given)
  options.read("spot.cheapest", given, SPECS)
  local found, seen = {}, {}
  for _, row in ipairs(spot.prices(given)) do
    local key = row.type .. "\0" .. row.product
    if not seen[key] then found[#found + 1] = row end
    seen[key] = true
  end
  return found
end

return spot
