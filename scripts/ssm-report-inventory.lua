-- What is installed on the machines: how many have which version, or who has one application.

local inventory = require "inventory"
local rows = require "rows"

local COUNTS = { "name", "version", "publisher", "nodes", "region", "examples" }
local OWNERS = { "name", "version", "node", "instance_id", "region", "capture_time" }
local SILENT = { "name", "instance_id", "region", "ping_status", "platform_name" }

return script {
  summary = "Report which applications the managed machines have, or who has one of them.",
  risk = "read",
  args = {
    application = { "string", help = "Only this application, and each machine that has it." },
    below = { "string", help = "Only versions that are lower than this one." },
    missing = { "boolean", default = false, help = "Instead, the machines that have reported nothing." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { application = "openssl" } },
  run = function(args)
    if args.missing then
      local silent = sweep.regions(args.regions, inventory.missing).results
      rows.sorted(silent, "name", "region", "instance_id")
      report.print(silent, { title = "Machines without inventory", columns = SILENT })
      return
    end
    local asked = { name = args.application, below = args.below }
    local who = args.application or args.below
    local swept = sweep.regions(args.regions, function()
      return who and inventory.applications(asked) or inventory.versions(asked)
    end)
    local found = rows.sorted(swept.results, "name", "version", "region", "node", "instance_id")
    report.print(found, { title = "Applications", columns = who and OWNERS or COUNTS })
  end,
}
