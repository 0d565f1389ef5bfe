-- Volumes that no instance uses, and what they cost.

local findings = require "findings"
local rows = require "rows"
local tags = require "tags"
local volumes = require "volumes"

local COLUMNS = {
  "severity",
  "finding",
  "name",
  "volume_id",
  "region",
  "size_gib",
  "type",
  "usd_month",
  "days",
  "encrypted",
  "detail",
}

-- `gp3=0.0952` as a table of prices.
local function prices(words)
  if not words then return nil end
  local found = {}
  for _, word in ipairs(words) do
    local type, price = word:match "^([%w-]+)=([%d.]+)$"
    if not tonumber(price) then error("a price is TYPE=USD, such as gp3=0.0952, not '" .. word .. "'", 0) end
    found[type] = tonumber(price)
  end
  return rows.merged(volumes.PRICES, found)
end

return script {
  summary = "List EBS volumes that no instance uses, and about what they cost a month.",
  risk = "read",
  args = {
    min_days = { "integer", default = 7, help = "Ignore younger volumes." },
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    prices = {
      "list",
      help = "US dollars a month for a GiB, as TYPE=USD; without it, the list prices of us-east-1 for storage alone.",
    },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { min_days = 30, regions = { "eu-central-1", "eu-west-1", "us-east-1" } } },
  run = function(args)
    local wanted, known = tags.parse(args.tags), prices(args.prices)
    local swept = sweep.regions(args.regions, function()
      return volumes.unattached { min_age = time.days(args.min_days), tags = wanted, prices = known }
    end)
    local found = findings.sorted(swept.results, "volume_id")
    report.print(rows.with_days(found), { title = "Volumes that no instance uses", columns = COLUMNS })
  end,
}
