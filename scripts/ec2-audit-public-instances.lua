-- Instances that the world can name, and what it may reach of them.

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
  summary = "Find instances with public addresses, and what the world may reach of them.",
  risk = "read",
  args = {
    allowed = { "list", default = { "80", "443" }, help = "Ports that may be open." },
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    state = {
      "list",
      choices = { "pending", "running", "stopping", "stopped", "shutting-down", "terminated" },
      help = "Only those in these states; without it, all that have not gone.",
    },
    vpc = { "list", help = "Only those in these VPCs." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local wanted = tags.parse(args.tags)
    -- A word that is no port is told of before any region is asked.
    ports.set(args.allowed)
    local swept = sweep.regions(args.regions, function()
      return network.public_instances { allowed = args.allowed, state = args.state, vpc = args.vpc, tags = wanted }
    end)
    local found = findings.sorted(swept.results, "instance_id")
    report.print(found, { title = "Public instances", columns = COLUMNS })
  end,
}
