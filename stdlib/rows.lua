-- What the library's rows have in common: names, ages, and the order in which findings are read.

local list = require "list"

local rows = {}

---What an audit has found: one fact about one thing, and what to do about it.
---@class rows.Finding
---@field severity "critical"|"high"|"medium"|"low"|"info"
---@field finding string What kind it is, as in "open-port".
---@field name string
---@field detail string One sentence with the fact and what to do.
---@field [string] any The facts: all that the row tells which it is about.

-- The worst first.
local RANK = { critical = 1, high = 2, medium = 3, low = 4, info = 5 }

---The Name tag, or "".
---@param tags? table<string, string>
---@return string
function rows.name(tags)
  return tags and tags.Name or ""
end

---Whole seconds since a time.
---@param since? Time
---@return integer?
function rows.age(since)
  return since and math.floor(time.now() - since)
end

---Whole days of an age, as people read them.
---@param age? integer
---@return integer?
function rows.days(age)
  return age and age // time.days(1)
end

---The list itself, sorted by these fields as `list.sort_by` sorts a copy.
---@generic T
---@param items T[]
---@param ... string|fun(row: T): any
---@return T[]
function rows.sorted(items, ...)
  local sorted = list.sort_by(items, ...)
  return table.move(sorted, 1, #sorted, 1, items)
end

---Findings, sorted in the order in which they are read: the worst first, then by place, name and id.
---@generic T
---@param findings T[]
---@param ... string The fields that tell two of the same name apart.
---@return T[]
function rows.worst_first(findings, ...)
  local function rank(finding) return RANK[finding.severity] or math.huge end
  return rows.sorted(findings, rank, "account", "region", "name", ...)
end

---The graver of two severities.
---@param a string
---@param b string
---@return string
function rows.graver(a, b)
  return RANK[a] <= RANK[b] and a or b
end

---Whether a row is of an age: at least so old, at most so old, where that is asked for.
---@param age? integer
---@param min_age? integer
---@param max_age? integer
---@return boolean
function rows.is_of_age(age, min_age, max_age)
  if not (min_age or max_age) then return true end
  return age ~= nil and (not min_age or age >= min_age) and (not max_age or age <= max_age)
end

---A table with the fields of both; of the second, where both have one.
---@param a table
---@param b table
---@return table
function rows.merged(a, b)
  local merged = {}
  for key, value in pairs(a) do merged[key] = value end
  for key, value in pairs(b) do merged[key] = value end
  return merged
end

---What was found about a row: all that the row tells, and this.
---@param about table
---@param severity "critical"|"high"|"medium"|"low"|"info"
---@param finding string
---@param detail string
---@return rows.Finding
function rows.finding(about, severity, finding, detail)
  return rows.merged(about, { severity = severity, finding = finding, detail = detail }) --[[@as rows.Finding]]
end

---Rows for a screen: each with its whole `days` beside its age.
---@generic T
---@param items T[]
---@return T[]
function rows.with_days(items)
  for _, row in ipairs(items) do row.days = rows.days(row.age) end
  return items
end

return rows
