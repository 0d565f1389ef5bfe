-- What instance types cost as spot instances, and how steady that price is.

local list = require "list"
local spot = require "spot"

local COLUMNS = { "type", "region", "zone", "product", "usd_hour", "min", "mean", "max", "changes", "change_percent" }

return script {
  summary = "Report spot prices by zone, the cheapest first, with how they have moved.",
  risk = "read",
  args = {
    types = { "list", required = true, help = "The instance types, such as m6i.large,m5.large." },
    products = { "list", default = { "Linux/UNIX" }, help = "Linux/UNIX, Windows, Red Hat Enterprise Linux …." },
    zones = { "list", help = "Only these zones." },
    days = { "integer", default = 7, help = "How many days to look back; AWS keeps 90." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
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
    report.print(found, { title = "Spot prices, in US dollars an hour", columns = COLUMNS })
  end,
}
