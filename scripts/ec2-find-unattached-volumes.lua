-- Lists volumes that no instance uses, and their approximate cost.

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

-- Parses prices such as `gp3=0.0952`.
local function prices(words)
  if not words then return nil end
  local found = {}
  for _, word in ipairs(words) do
    local type, price = word:match "^([%w-]+)=([%d.]+)$"
    if not tonumber(price) then error("a price must be TYPE=USD, such as gp3=0.0952, not '" .. word .. "'", 0) end
    found[type] = tonumber(price)
  end
  return found
end

return script {
  summary = "List unattached EBS volumes and their approximate cost per month.",
  risk = "read",
  args = {
    min_days = { "integer", default = 7, help = "Ignore volumes that are younger than this, in days." },
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    prices = {
      "list",
      help = "Use these prices per month, such as gp3=0.09,gp3-iops=0.006; only those of us-east-1 are known.",
    },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "unattached-volume" },
  example = { args = { min_days = 30, regions = { "eu-central-1", "eu-west-1", "us-east-1" } } },
  run = function(args)
    local wanted, known = tags.parse(args.tags), prices(args.prices)
    local swept = sweep.regions(args.regions, function()
      return volumes.unattached { min_age = time.days(args.min_days), tags = wanted, prices = known }
    end)
    local found = findings.sorted(swept.results, "volume_id")
    report.print(rows.with_days(found), { title = "Unattached volumes", columns = COLUMNS })
  end,
}
