-- Finds rules of security groups that admit the whole internet.

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
  summary = "Find ports that security groups open to the internet.",
  risk = "read",
  args = {
    allowed = { "list", default = { "80", "443" }, help = "Accept these open ports." },
    used = { "boolean", default = false, help = "Select only groups with network interfaces." },
    vpc = { "list", help = "Select groups in these VPCs." },
    tags = { "list", help = "Select groups by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "not-visible", "open-port" },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    -- An invalid port is an error before the first call.
    ports.set(args.allowed)
    local swept = sweep.regions(args.regions, function()
      return network.open_ports { allowed = args.allowed, vpc = args.vpc, tags = wanted }
    end)
    local found = list.filter(swept.results, function(row) return not args.used or row.interfaces ~= 0 end)
    found = findings.sorted(found, "group_id", "ports", "source")
    report.print(found, { title = "Ports open to the internet", columns = COLUMNS })
  end,
}
