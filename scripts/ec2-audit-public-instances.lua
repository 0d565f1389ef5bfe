-- Finds instances with public addresses, and their ports that are open to the internet.

local findings = require "findings"
local network = require "network"
local ports = require "ports"
local tags = require "tags"

local COLUMNS = {
  "severity",
  "finding",
  "name",
  "instance_id",
  "region",
  "state",
  "public_ip",
  "open_ports",
  "profile",
  "detail",
}

return script {
  summary = "Find instances with public addresses and their ports open to the internet.",
  risk = "read",
  args = {
    allowed = { "list", default = { "80", "443" }, help = "Accept these open ports." },
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    state = {
      "list",
      choices = { "pending", "running", "stopping", "stopped", "shutting-down", "terminated" },
      help = "Select instances in these states; by default all except terminated ones.",
    },
    vpc = { "list", help = "Select instances in these VPCs." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "not-visible", "public-instance" },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    -- An invalid port is an error before the first call.
    ports.set(args.allowed)
    local swept = sweep.regions(args.regions, function()
      return network.public_instances { allowed = args.allowed, state = args.state, vpc = args.vpc, tags = wanted }
    end)
    local found = findings.sorted(swept.results, "instance_id")
    report.print(found, { title = "Public instances", columns = COLUMNS })
  end,
}
