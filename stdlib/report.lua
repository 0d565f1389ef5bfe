-- Extends `report` with reports of findings, which the library's audits return.

local findings = require "findings"
local list = require "list"
local nouns = require "rows"
local reader = require "options"

local built_in = report

---@class report
local report = {}

---Returns key figures for `summary`: the number of all findings, and of each severity, the worst first. The
---total is green if there are no findings.
---@param rows table[] Findings, each with a `severity`.
---@return report.Figure[]
function report.figures(rows)
  ---@type table<string, integer?>
  local counts = {}
  for at, row in ipairs(rows) do
    local severity = row.severity
    if severity == nil then error("report.figures: row " .. at .. " has no severity", 0) end
    counts[severity] = (counts[severity] or 0) + 1
  end
  local figures = { { label = nouns.noun(#rows, "finding"), value = #rows, severity = #rows == 0 and "ok" or nil } }
  for _, severity in ipairs(findings.SEVERITIES) do
    local count = counts[severity]
    if count then figures[#figures + 1] = { label = severity, value = count, severity = severity } end
    counts[severity] = nil
  end
  local unknown = next(counts)
  if unknown then
    local known = table.concat(findings.SEVERITIES, ", ")
    error("report.figures: unknown severity '" .. tostring(unknown) .. "'; use one of " .. known, 0)
  end
  return figures
end

---@class report.FindingsOptions
---@field title? string
---@field subtitle? string
---@field columns? string[]

---Returns a report of findings: key figures, a chart by finding, and a table of all findings, the worst first.
---@param rows table[] Findings, each with `severity` and `finding`.
---@param options? report.FindingsOptions
---@return report.Report
function report.findings(rows, options)
  local settings = reader.read("report.findings", options, {
    title = { "string", default = "Findings" },
    subtitle = { "string" },
    columns = { "list" },
  })
  local figures = report.figures(rows)
  local sorted = list.sort_by(rows, function(row) return findings.rank(row.severity) end)

  local document = built_in.new { title = settings.title, subtitle = settings.subtitle }
  document:summary(figures)
  if #rows == 0 then return document:text("No findings.") end
  document:chart { kind = "bar", title = "Findings by kind", rows = sorted, label = "finding" }
  return document:table(sorted, { title = "All findings", columns = settings.columns })
end

return report
