-- What is added to `report`: reports of findings, as the library's audits give them.

local findings = require "findings"
local list = require "list"
local reader = require "options"

local built_in = report

---@class report
local report = {}

---How many findings there are of each severity, from the worst on, and of all: key figures for
---`summary`. What nothing was found of is green.
---@param rows table[] Findings, with a `severity` each.
---@return report.Figure[]
function report.figures(rows)
  ---@type table<string, integer?>
  local counts = {}
  for at, row in ipairs(rows) do
    local severity = row.severity
    if severity == nil then error("report.figures: row " .. at .. " has no severity", 0) end
    counts[severity] = (counts[severity] or 0) + 1
  end
  local figures = { { label = "findings", value = #rows, severity = #rows == 0 and "ok" or nil } }
  for _, severity in ipairs(findings.SEVERITIES) do
    local count = counts[severity]
    if count then figures[#figures + 1] = { label = severity, value = count, severity = severity } end
    counts[severity] = nil
  end
  local unknown = next(counts)
  if unknown then
    local known = table.concat(findings.SEVERITIES, ", ")
    error("report.figures: there is no severity '" .. tostring(unknown) .. "'; known are " .. known, 0)
  end
  return figures
end

---@class report.FindingsOptions
---@field title? string
---@field subtitle? string
---@field columns? string[]

---A report of findings: how many of each severity, which ones, and all of them, the worst first.
---@param rows table[] Findings, with `severity` and `finding` each.
---@param options? report.FindingsOptions
---@return report.Report
function report.findings(rows, options)
  local given = reader.read("report.findings", options, {
    title = { "string", default = "Findings" },
    subtitle = { "string" },
    columns = { "list" },
  })
  local figures = report.figures(rows)
  local sorted = list.sort_by(rows, function(row) return findings.rank(row.severity) end)

  local document = built_in.new { title = given.title, subtitle = given.subtitle }
  document:summary(figures)
  if #rows == 0 then return document:text("Nothing was found.") end
  document:chart { kind = "bar", title = "What was found", rows = sorted, label = "finding" }
  return document:table(sorted, { title = "All findings", columns = given.columns })
end

return report
