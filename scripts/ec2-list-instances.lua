-- Instances as flat rows, chosen by what people know of them.

local list = require "list"
local rows = require "rows"
local tags = require "tags"

local COLUMNS = {
  "name",
  "instance_id",
  "region",
  "type",
  "state",
  "days",
  "private_ip",
  "public_ip",
  "zone",
  "platform",
}

return script {
  summary = "List instances, by tag, name, state, type, age, network or image.",
  risk = "read",
  args = {
    tags = { "list", help = "Only those with these tags: KEY=VALUE, KEY for any value, !KEY for those without." },
    name = { "list", help = "Only those with these Name tags; * and ? stand for anything." },
    state = {
      "list",
      choices = { "pending", "running", "stopping", "stopped", "shutting-down", "terminated", "any" },
      help = "Only those in these states, or any; without it, all that have not gone.",
    },
    type = { "list", help = "Only these types, such as m6i.large or t3.*." },
    ids = { "list", help = "Only these ids." },
    platform = { "string", choices = { "linux", "windows" }, help = "Only this platform." },
    lifecycle = { "string", choices = { "on-demand", "spot" }, help = "Only those bought in this way." },
    vpc = { "list", help = "Only those in these VPCs." },
    subnet = { "list", help = "Only those in these subnets." },
    image = { "list", help = "Only those of these images." },
    min_days = { "integer", help = "Only those that were started at least so many days ago." },
    max_days = { "integer", help = "Only those that were started at most so many days ago." },
    columns = { "list", default = COLUMNS, help = "The columns, such as name,instance_id,profile,tags.Owner." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { type = { "t3.*" }, regions = { "eu-central-1", "eu-west-1", "us-east-1" } } },
  run = function(args)
    local swept = sweep.regions(args.regions, function()
      return fleet.instances {
        tags = tags.parse(args.tags),
        name = args.name,
        state = args.state,
        type = args.type,
        ids = args.ids,
        platform = args.platform,
        lifecycle = args.lifecycle,
        vpc = args.vpc,
        subnet = args.subnet,
        image = args.image,
        min_age = args.min_days and time.days(args.min_days),
        max_age = args.max_days and time.days(args.max_days + 1) - 1,
      }
    end)
    local found = list.sort_by(swept.results, "account", "region", "name", "instance_id")
    report.print(rows.with_days(found), { title = "Instances", columns = args.columns })
  end,
}
