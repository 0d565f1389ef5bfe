-- Findings of audits: rows with a severity, a finding, a resource, and a detail that contains the next step.

local rows = require "rows"

local findings = {}

---One fact about one resource, and the next step.
---@class findings.Finding
---@field severity "critical"|"high"|"medium"|"low"|"info"
---@field finding string The kind of finding, for example "old-access-key".
---@field name string The name of the resource.
---@field detail string One sentence: the fact, then the next step.
---@field account? string In a sweep.
---@field region? string In a sweep.
---@field [string] any The fields of the resource's row.

---The severities, the worst first.
findings.SEVERITIES = { "critical", "high", "medium", "low", "info" }

---@type table<any, integer?>
local RANK = {}
for at, severity in ipairs(findings.SEVERITIES) do RANK[severity] = at end

---Returns the rank of a severity: 1 is the worst.
---@param severity any
---@return integer
function findings.rank(severity)
  local rank = RANK[severity]
  if rank then return rank end
  local known = table.concat(findings.SEVERITIES, ", ")
  error("unknown severity '" .. tostring(severity) .. "'; use one of " .. known, 0)
end

---Returns a finding: the fields of a row, with a severity, a finding and a detail. The finding "not-visible" is a part
---of the account that could not be looked at, which makes the run incomplete.
---@param about table
---@param severity "critical"|"high"|"medium"|"low"|"info"
---@param finding string
---@param detail string
---@return findings.Finding
function findings.new(about, severity, finding, detail)
  findings.rank(severity)
  if finding == "not-visible" then report.incomplete(detail) end
  return rows.merged(about, { severity = severity, finding = finding, detail = detail }) --[[@as findings.Finding]]
end

---Returns an empty list of findings and a function that adds one; its arguments are those of `findings.new`.
---@return findings.Finding[] found
---@return fun(about: table, severity: string, finding: string, detail: string) add
function findings.list()
  local found = json.list()
  local function add(...) found[#found + 1] = findings.new(...) end
  return found, add
end

---Sorts the list in place and returns it: the worst severity first, then by account, region and name. The
---order is the same in every run.
---@generic T
---@param found T[]
---@param ... string Fields that order findings with the same name, before `finding` and `detail`.
---@return T[]
function findings.sorted(found, ...)
  local function rank(one) return findings.rank(one.severity) end
  -- The sort is stable, so these fields decide if all others are equal.
  rows.sorted(found, "finding", "detail")
  return rows.sorted(found, rank, "account", "region", "name", ...)
end

---Returns the worse of two severities.
---@param a string
---@param b string
---@return string
function findings.graver(a, b)
  return findings.rank(a) <= findings.rank(b) and a or b
end

return findings
