-- Reports missing, failed and pending patches by machine, by patch or by patch group.

local findings = require "findings"
local patch = require "patch"
local rows = require "rows"

local VIEWS = {
  findings = {
    title = "Findings about patches",
    columns = { "severity", "finding", "name", "instance_id", "region", "patch_group", "days", "detail" },
  },
  patches = {
    title = "Missing, failed and pending patches",
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

local function fetch(args)
  if args.by == "patches" then return patch.missing { group = args.group, severity = args.severity } end
  if args.by == "machines" then return patch.states { group = args.group } end
  if args.by == "groups" then return patch.groups() end
  return patch.findings { max_age = time.days(args.max_days) }
end

return script {
  summary = "Report missing and failed patches, pending reboots and unscanned machines.",
  risk = "read",
  args = {
    by = {
      "string",
      default = "findings",
      choices = { "findings", "patches", "machines", "groups" },
      help = "Choose the rows of the report.",
    },
    group = { "string", help = "Select this patch group; requires by=patches or by=machines." },
    severity = { "string", help = "Select patches with this vendor severity; requires by=patches." },
    max_days = { "integer", default = 7, help = "Report scans that are older than this, in days." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "failed-patch", "missing-patch", "never-scanned", "old-patch-scan", "pending-reboot" },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    local view = VIEWS[args.by]
    if args.group and args.by ~= "patches" and args.by ~= "machines" then
      error("group requires by=patches or by=machines, not by=" .. args.by, 0)
    end
    if args.severity and args.by ~= "patches" then error("severity requires by=patches, not by=" .. args.by, 0) end
    local found = sweep.regions(args.regions, function() return fetch(args) end).results
    if args.by == "findings" then found = findings.sorted(found, "instance_id") end
    report.print(rows.with_days(found), view)
  end,
}
