-- Spot prices of instance types: current prices, the cheapest zones, and price history.

local list = require "list"
local options = require "options"
local rows = require "rows"

local spot = {}

---@class spot.Price
---@field type string
---@field zone string
---@field product string For example "Linux/UNIX".
---@field usd_hour number
---@field since Time The time of the last price change.

---@class spot.Options
---@field types string|string[] Instance types.
---@field products? string|string[] "Linux/UNIX", "Windows", "Red Hat Enterprise Linux" …. Default: "Linux/UNIX".
---@field zones? string|string[] Default: all zones of the region.

local SPECS = {
  types = { "list", required = true },
  products = { "list", default = { "Linux/UNIX" } },
  zones = { "list" },
}

local function history(settings, from)
  return ec2.describe_spot_price_history.all {
    instance_types = settings.types,
    product_descriptions = settings.products,
    filters = settings.zones and { ["availability-zone"] = settings.zones },
    start_time = from,
  }
end

local function key_of(price)
  return table.concat({ price.instance_type, price.availability_zone, price.product_description }, "\0")
end

-- The price changes of each type, zone and product, the oldest first.
local function price_series(changes)
  local by_key, keys = {}, {}
  for _, change in ipairs(changes) do
    local key = key_of(change)
    if not by_key[key] then
      by_key[key] = {}
      keys[#keys + 1] = key
    end
    table.insert(by_key[key], { usd_hour = tonumber(change.spot_price), at = change.timestamp, change = change })
  end
  local series = {}
  for at, key in ipairs(keys) do
    series[at] = list.sort_by(by_key[key], "at")
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

---Returns the current price of each type in each zone, the cheapest first.
---@param opts spot.Options
---@return spot.Price[]
function spot.prices(opts)
  local settings = options.read("spot.prices", opts, SPECS)
  local now, found = time.now(), {}
  -- For a history that starts now, AWS returns the current price.
  for at, steps in ipairs(price_series(history(settings, now))) do found[at] = record(steps[#steps]) end
  return cheapest_first(found)
end

---@class spot.HistoryOptions: spot.Options
---@field since? string|integer The length of the history. Default: "7d". AWS keeps 90 days.

---@class spot.History: spot.Price
---@field min number
---@field mean number The mean over time, not over the price changes.
---@field max number
---@field changes integer The number of price changes.
---@field change number The relative change since the beginning: 0.1 is an increase of 10 percent.

local function round(amount)
  return math.floor(amount * 1e6 + 0.5) / 1e6
end

-- A price change before the period gives the price at its beginning.
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

---Returns the current, minimum, mean and maximum price of each type in each zone over a time. The cheapest
---comes first.
---@param opts spot.HistoryOptions
---@return spot.History[]
function spot.history(opts)
  local specs = rows.merged(SPECS, { since = { "duration", default = time.days(7) } })
  local settings = options.read("spot.history", opts, specs)
  -- Rounded to whole minutes, so that two runs within a minute return the same mean.
  local to = time.from_unix(time.now():unix() // 60 * 60)
  local from = to - settings.since
  local found = {}
  for at, steps in ipairs(price_series(history(settings, from))) do found[at] = summed(steps, from, to) end
  return cheapest_first(found)
end

---Returns the price in the cheapest zone for each type and product.
---@param opts spot.Options
---@return spot.Price[]
function spot.cheapest(opts)
  options.read("spot.cheapest", opts, SPECS)
  local found, seen = {}, {}
  for _, row in ipairs(spot.prices(opts)) do
    local key = row.type .. "\0" .. row.product
    if not seen[key] then found[#found + 1] = row end
    seen[key] = true
  end
  return found
end

return spot
