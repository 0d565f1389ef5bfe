-- Reports machines that violate patch baselines, associations or custom rules.

local compliance = require "compliance"
local findings = require "findings"
local list = require "list"
local rows = require "rows"

local FINDINGS = {
  "severity",
  "finding",
  "name",
  "instance_id",
  "region",
  "compliance_type",
  "non_compliant",
  "detail",
}
local SUMMARY = { "compliance_type", "region", "compliant", "non_compliant" }

return script {
  summary = "Report the machines that are not compliant, the worst first.",
  risk = "read",
  args = {
    type = { "string", help = "Select this compliance type: Patch, Association or Custom:…." },
    summary = { "boolean", default = false, help = "Report the number of compliant machines by type instead." },
    regions = { "list", help = "Search these regions, or all; by default the session's region." },
  },
  findings = { "non-compliant" },
  example = { args = { regions = { "eu-central-1", "us-east-1" } } },
  run = function(args)
    if args.summary then
      local swept = sweep.regions(args.regions, compliance.summary)
      local found = list.filter(swept.results, function(row)
        return not args.type or row.compliance_type == args.type
      end)
      rows.sorted(found, "compliance_type", "region")
      report.print(found, { title = "Compliance", columns = SUMMARY })
      return
    end
    local swept = sweep.regions(args.regions, function() return compliance.findings { type = args.type } end)
    local found = findings.sorted(swept.results, "instance_id", "compliance_type")
    report.print(found, { title = "Non-compliant machines", columns = FINDINGS })
  end,
}
