-- What audits report: rows that say how bad it is, what it is, what it is about, and what to do.

local list = require "list"

local findings = {}

---@class Finding
---@field severity "critical"|"high"|"medium"|"low"|"info"
---@field finding string What it is, as in "old-access-key".
---@field name string What it is about.
---@field detail string The fact, and what to do.
---@field account? string In a sweep.
---@field [string] any The facts.

local RANK = { critical = 1, high = 2, medium = 3, low = 4, info = 5 }

local function rank(row)
  return RANK[row.severity] or error("findings.sorted: there is no severity '" .. tostring(row.severity) .. "'", 0)
end

---The worst first, and in the same order in every run.
---@generic T: Finding
---@param rows T[]
---@return T[]
function findings.sorted(rows)
  return list.sort_by(rows, rank, "account", "name", "finding", "detail")
end

---Makes a list of them, to be filled by `add`.
---@return Finding[] rows
---@return fun(severity: string, finding: string, about: table, detail: string) add
function findings.list()
  local rows = json.list()
  local function add(severity, finding, about, detail)
    local row = { severity = severity, finding = finding, detail = detail }
    for name, value in pairs(about) do row[name] = value end
    rows[#rows + 1] = row
  end
  return rows, add
end

return findings
