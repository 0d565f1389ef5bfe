-- Lists instances as flat rows.

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
  summary = "List instances by tag, name, state, type, age, network or image.",
  risk = "read",
  args = {
    tags = { "list", help = "Select resources by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    name = { "list", help = "Select instances by Name tag; * matches any text and ? any character." },
    state = {
      "list",
      choices = { "pending", "running", "stopping", "stopped", "shutting-down", "terminated", "any" },
      help = "Select instances in these states, or any; by default all except terminated ones.",
    },
    type = { "list", help = "Select instance types, such as m6i.large or t3.*." },
    ids = { "list", help = "Select instances by id." },
    platform = { "string", choices = { "linux", "windows" }, help = "Select instances of this platform." },
    lifecycle = { "string", choices = { "on-demand", "spot" }, help = "Select instances with this purchasing option." },
    vpc = { "list", help = "Select instances in these VPCs." },
    subnet = { "list", help = "Select instances in these subnets." },
    image = { "list", help = "Select instances launched from these images." },
    min_days = { "integer", help = "Select instances launched at least this many days ago." },
    max_days = { "integer", help = "Select instances launched at most this many days ago." },
    columns = { "list", default = COLUMNS, help = "Show these columns, such as name,instance_id,profile,tags.Owner." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
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
