-- Reports spot prices of instance types and their changes.

local list = require "list"
local spot = require "spot"

local COLUMNS = { "type", "region", "zone", "product", "usd_hour", "min", "mean", "max", "changes", "change_percent" }

return script {
  summary = "Report spot prices and their changes by zone, the cheapest first.",
  risk = "read",
  args = {
    types = { "list", required = true, help = "Report these instance types, such as m6i.large,m5.large." },
    products = {
      "list",
      default = { "Linux/UNIX" },
      help = "Report these products, such as Linux/UNIX, Windows or Red Hat Enterprise Linux.",
    },
    zones = { "list", help = "Select these zones." },
    days = { "integer", default = 7, help = "Look back this many days; AWS keeps 90." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  example = { args = { types = { "m6i.large", "c6i.large" }, regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local swept = sweep.regions(args.regions, function()
      return spot.history {
        types = args.types,
        products = args.products,
        zones = args.zones,
        since = time.days(args.days),
      }
    end)
    local found = list.sort_by(swept.results, "usd_hour", "type", "region", "zone", "product")
    for _, row in ipairs(found) do row.change_percent = math.floor(row.change * 1000 + 0.5) / 10 end
    report.print(found, { title = "Spot prices, in US dollars per hour", columns = COLUMNS })
  end,
}
