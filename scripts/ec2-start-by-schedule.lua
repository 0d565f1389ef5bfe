-- Starts the stopped instances whose schedule, in one of their tags, is on now.

local changes = require "changes"
local list = require "list"
local switch = require "switch"
local tags = require "tags"

local COLUMNS = { "status", "name", "instance_id", "region", "type", "schedule", "next_change", "detail" }

return script {
  summary = "Start stopped instances whose schedule tag is on now.",
  risk = "write",
  args = {
    tag = { "string", default = "Schedule", help = "Read the schedule from this tag." },
    zone = { "string", default = "UTC", help = "Use this time zone for schedules without one, such as Europe/Berlin." },
    tags = { "list", help = "Select instances by tag: KEY=VALUE, KEY for any value, !KEY for a missing tag." },
    now = { "string", help = "Use this time instead of now, such as 2026-01-31T20:00:00Z, for a trial with --plan." },
    within = {
      "duration",
      help = "Start only if the schedule changed within this time, such as 30m, to keep later manual stops.",
    },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  example = { args = { now = "2026-06-08T10:00:00Z", regions = { "eu-central-1", "eu-west-1" } } },
  run = function(args)
    local wanted, now = tags.parse(args.tags), args.now and time.parse(args.now)
    local swept = sweep.regions(args.regions, function()
      return switch.start { tag = args.tag, zone = args.zone, tags = wanted, now = now, within = args.within }
    end)
    local found = list.sort_by(swept.results, "account", "region", "name", "instance_id")
    report.print(found, { title = "Started by schedule", columns = COLUMNS })
    return changes.exit_code(found)
  end,
}
