-- Lists elastic addresses that cost money without being used.

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
  summary = "List elastic addresses that are unused or belong to a stopped instance.",
  risk = "read",
  args = {
    usd_hour = { "number", help = "Use this price of a public address in US dollars per hour; by default 0.005." },
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "idle-address", "unused-address" },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    local swept = sweep.regions(args.regions, function()
      return network.unused_addresses { usd_hour = args.usd_hour, tags = wanted }
    end)
    local found = findings.sorted(swept.results, "public_ip")
    report.print(found, { title = "Unused addresses", columns = COLUMNS })
  end,
}
