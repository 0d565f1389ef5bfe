-- Reports the applications on the machines: counts by version, or the machines that have one application.

local inventory = require "inventory"
local rows = require "rows"

local COUNTS = { "name", "version", "publisher", "nodes", "region", "examples" }
local OWNERS = { "name", "version", "node", "instance_id", "region", "capture_time" }
local MISSING = { "name", "instance_id", "region", "ping_status", "platform_name" }

return script {
  summary = "Report the applications on managed machines, or the machines with one of them.",
  risk = "read",
  args = {
    application = { "string", help = "List each machine with this application." },
    below = { "string", help = "Select versions lower than this one." },
    missing = { "boolean", default = false, help = "List the machines that have reported no inventory instead." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  volatile = { "capture_time" },
  example = { args = { application = "openssl" } },
  run = function(args)
    if args.missing then
      local missing = sweep.regions(args.regions, inventory.missing).results
      rows.sorted(missing, "name", "region", "instance_id")
      report.print(missing, { title = "Machines without inventory", columns = MISSING })
      return
    end
    local filter = { name = args.application, below = args.below }
    local by_machine = args.application or args.below
    local swept = sweep.regions(args.regions, function()
      return by_machine and inventory.applications(filter) or inventory.versions(filter)
    end)
    local found = rows.sorted(swept.results, "name", "version", "region", "node", "instance_id")
    report.print(found, { title = "Applications", columns = by_machine and OWNERS or COUNTS })
  end,
}
