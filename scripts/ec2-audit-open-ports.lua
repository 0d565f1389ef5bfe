-- What security groups let the whole world in to.

local findings = require "findings"
local list = require "list"
local network = require "network"
local ports = require "ports"
local tags = require "tags"

local COLUMNS = {
  "severity",
  "finding",
  "name",
  "group_id",
  "region",
  "protocol",
  "ports",
  "source",
  "interfaces",
  "detail",
}

return script {
  summary = "Find ports that security groups open to the world.",
  risk = "read",
  args = {
    allowed = { "list", default = { "80", "443" }, help = "Ports that may be open." },
    used = { "boolean", default = false, help = "Only groups that something is in." },
    vpc = { "list", help = "Only groups of these VPCs." },
    tags = { "list", help = "Only groups with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    -- A word that is no port is told of before any region is asked.
    ports.set(args.allowed)
    local swept = sweep.regions(args.regions, function()
      return network.open_ports { allowed = args.allowed, vpc = args.vpc, tags = wanted }
    end)
    local found = list.filter(swept.results, function(row) return not args.used or row.interfaces ~= 0 end)
    found = findings.sorted(found, "group_id", "ports", "source")
    report.print(found, { title = "Ports that are open to the world", columns = COLUMNS })
  end,
}
