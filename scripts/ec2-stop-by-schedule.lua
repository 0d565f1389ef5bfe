-- Stops the instances that are running outside of the schedule in a tag of theirs.

local changes = require "changes"
local list = require "list"
local switch = require "switch"
local tags = require "tags"

local COLUMNS = { "status", "name", "instance_id", "region", "type", "schedule", "next_change", "detail" }

return script {
  summary = "Stop instances that the schedule in their tag wants off now.",
  risk = "write",
  args = {
    tag = { "string", default = "Schedule", help = "The tag that has the schedule." },
    zone = { "string", default = "UTC", help = "The time zone of schedules that name none, such as Europe/Berlin." },
    tags = { "list", help = "Only those with these tags too: KEY=VALUE, KEY for any value, !KEY for those without." },
    now = { "string", help = "Another time than now, such as 2026-01-31T20:00:00Z: to try a schedule with --plan." },
    within = {
      "duration",
      help = "Only what was switched in the last so long, such as 30m: what was started by hand later stays so.",
    },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { now = "2026-06-06T22:00:00Z", regions = { "eu-central-1", "eu-west-1" } } },
  run = function(args)
    local wanted, now = tags.parse(args.tags), args.now and time.parse(args.now)
    local swept = sweep.regions(args.regions, function()
      return switch.stop { tag = args.tag, zone = args.zone, tags = wanted, now = now, within = args.within }
    end)
    local found = list.sort_by(swept.results, "account", "region", "name", "instance_id")
    report.print(found, { title = "Stopped by schedule", columns = COLUMNS })
    return changes.exit_code(found)
  end,
}
