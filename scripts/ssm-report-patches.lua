-- Patches that are missing, failed or wait for a reboot: by machine, by patch, or by patch group.

local findings = require "findings"
local patch = require "patch"
local rows = require "rows"

local VIEWS = {
  findings = {
    title = "Machines whose patches want attention",
    columns = { "severity", "finding", "name", "instance_id", "region", "patch_group", "days", "detail" },
  },
  patches = {
    title = "Patches that are not as they should be",
    columns = { "severity", "state", "title", "kb_id", "name", "instance_id", "region", "cve_ids" },
  },
  machines = {
    title = "Patches by machine",
    columns = {
      "name", "instance_id", "region", "patch_group", "installed", "missing", "failed", "pending_reboot", "days",
    },
  },
  groups = {
    title = "Patch groups",
    columns = {
      "patch_group", "region", "baseline_name", "operating_system", "instances", "missing", "failed", "pending_reboot",
    },
  },
}

local function ask(args)
  if args.by == "patches" then return patch.missing { group = args.group, severity = args.severity } end
  if args.by == "machines" then return patch.states { group = args.group } end
  if args.by == "groups" then return patch.groups() end
  return patch.findings { max_age = time.days(args.max_days) }
end

return script {
  summary = "Report missing and failed patches, pending reboots and machines that nobody has scanned.",
  risk = "read",
  args = {
    by = {
      "string",
      default = "findings",
      choices = { "findings", "patches", "machines", "groups" },
      help = "What a row is.",
    },
    group = { "string", help = "Only this patch group; with patches and machines." },
    severity = { "string", help = "Only patches of this severity, as their vendor calls it; with patches." },
    max_days = { "integer", default = 7, help = "Scans that are more days old are findings." },
    regions = { "list", help = "The regions to look in, or all; without it, the session's own." },
  },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local view = VIEWS[args.by]
    if args.group and args.by ~= "patches" and args.by ~= "machines" then
      error("group goes with by=patches and by=machines", 0)
    end
    if args.severity and args.by ~= "patches" then error("severity goes with by=patches", 0) end
    local found = sweep.regions(args.regions, function() return ask(args) end).results
    if args.by == "findings" then found = findings.sorted(found, "instance_id") end
    report.print(rows.with_days(found), view)
  end,
}
