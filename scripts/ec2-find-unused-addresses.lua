-- Elastic addresses that are paid for in vain.

local findings = require "findings"
local network = require "network"
local tags = require "tags"

local COLUMNS = {
  "severity",
  "finding",
  "name",
  "public_ip",
  "allocation_id",
  "region",
  "instance_id",
  "usd_month",
  "detail",
}

return script {
  summary = "List elastic addresses of nothing, or of an instance that does not run.",
  risk = "read",
  args = {
    usd_hour = { "number", default = 0.005, help = "US dollars an hour for a public address." },
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function()
      return network.unused_addresses { usd_hour = args.usd_hour, tags = wanted }
    end)
    local found = findings.sorted(swept.results, "public_ip")
    report.print(found, { title = "Addresses that nobody uses", columns = COLUMNS })
  end,
}
