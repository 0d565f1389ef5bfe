-- What the library's rows have in common: names, ages and their order. What audits find is in findings.lua.

local list = require "list"

local rows = {}

---The Name tag, or "".
---@param tags? table<string, string>
---@return string
function rows.name(tags)
  return tags and tags.Name or ""
end

---Whole seconds since a time.
---@overload fun(since: Time): integer
---@param since? Time
---@return integer?
function rows.age(since)
  return since and math.floor(time.now() - since)
end

---Whole days of an age, as people read them.
---@overload fun(age: integer): integer
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

---Rows for a screen: each with its whole `days` beside its age.
---@generic T
---@param items T[]
---@return T[]
function rows.with_days(items)
  for _, row in ipairs(items) do row.days = rows.days(row.age) end
  return items
end

return rows
