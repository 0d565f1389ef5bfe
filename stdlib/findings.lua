-- What audits report: rows that say how bad it is, what it is, what it is about, and what to do.

local rows = require "rows"

local findings = {}

---What an audit has found: one fact about one thing, and what to do about it.
---@class findings.Finding
---@field severity "critical"|"high"|"medium"|"low"|"info"
---@field finding string What kind it is, as in "old-access-key".
---@field name string What it is about.
---@field detail string One sentence with the fact and what to do.
---@field account? string In a sweep.
---@field region? string In a sweep.
---@field [string] any The facts: all that the row tells which it is about.

---The severities, the worst first.
findings.SEVERITIES = { "critical", "high", "medium", "low", "info" }

---@type table<any, integer?>
local RANK = {}
for at, severity in ipairs(findings.SEVERITIES) do RANK[severity] = at end

---How grave a severity is: 1 is the worst.
---@param severity any
---@return integer
function findings.rank(severity)
  local rank = RANK[severity]
  if rank then return rank end
  local known = table.concat(findings.SEVERITIES, ", ")
  error("there is no severity '" .. tostring(severity) .. "'; known are " .. known, 0)
end

---What was found about a row: all that the row tells, and this.
---@param about table
---@param severity "critical"|"high"|"medium"|"low"|"info"
---@param finding string
---@param detail string
---@return findings.Finding
function findings.new(about, severity, finding, detail)
  findings.rank(severity)
  return rows.merged(about, { severity = severity, finding = finding, detail = detail }) --[[@as findings.Finding]]
end

---A list of them, to be filled by `add`, which takes what `new` takes.
---@return findings.Finding[] found
---@return fun(about: table, severity: string, finding: string, detail: string) add
function findings.list()
  local found = json.list()
  local function add(...) found[#found + 1] = findings.new(...) end
  return found, add
end

---The list itself, in the order in which findings are read, the same in every run: the worst first,
---then by place and name.
---@generic T
---@param found T[]
---@param ... string Fields that tell two of the same name apart, before `finding` and `detail` do.
---@return T[]
function findings.sorted(found, ...)
  local function rank(one) return findings.rank(one.severity) end
  -- The sort is stable, so these decide where the others do not.
  rows.sorted(found, "finding", "detail")
  return rows.sorted(found, rank, "account", "region", "name", ...)
end

---The graver of two severities.
---@param a string
---@param b string
---@return string
function findings.graver(a, b)
  return findings.rank(a) <= findings.rank(b) and a or b
end

return findings
