-- Helpers for the library's rows: names, ages, counts and order. Findings of audits are in findings.lua.

local list = require "list"

local rows = {}

---Returns the Name tag, or "".
---@param tags? table<string, string>
---@return string
function rows.name(tags)
  return tags and tags.Name or ""
end

-- The tags by which services mark the snapshots and images that they create and will delete.
local MANAGERS = {
  { "aws:backup:source-resource", "aws-backup" },
  { "aws:dlm:lifecycle-policy-id", "data-lifecycle-manager" },
}

---Returns the service that created a snapshot or an image and will delete it. Nil if a person manages it.
---@param tags table<string, string>
---@return string? service "aws-backup" or "data-lifecycle-manager".
function rows.managed_by(tags)
  for _, manager in ipairs(MANAGERS) do
    if tags[manager[1]] ~= nil then return manager[2] end
  end
end

---Returns the whole seconds since a time.
---@overload fun(since: Time): integer
---@param since? Time
---@return integer?
function rows.age(since)
  return since and math.floor(time.now() - since)
end

---Returns the whole days of an age in seconds.
---@overload fun(age: integer): integer
---@param age? integer
---@return integer?
function rows.days(age)
  return age and age // time.days(1)
end

---Returns a noun as it follows a number: "patch" after 1, else "patches".
---@param count number
---@param singular string
---@param plural? string Default: the singular with an "s".
---@return string
function rows.noun(count, singular, plural)
  return count == 1 and singular or plural or singular .. "s"
end

---Returns a number with its noun: "1 patch", "2 patches".
---@param count number
---@param singular string
---@param plural? string Default: the singular with an "s".
---@return string
function rows.counted(count, singular, plural)
  return count .. " " .. rows.noun(count, singular, plural)
end

---Returns an age in whole days with its unit: "1 day", "30 days".
---@param age integer The age in seconds.
---@return string
function rows.age_in_days(age)
  return rows.counted(age // time.days(1), "day")
end

---Sorts the list in place and returns it. The keys are those of `list.sort_by`, which sorts a copy.
---@generic T
---@param items T[]
---@param ... string|fun(row: T): any
---@return T[]
function rows.sorted(items, ...)
  local sorted = list.sort_by(items, ...)
  -- An empty list is [] in JSON, not {}.
  return json.list(table.move(sorted, 1, #sorted, 1, items))
end

---Returns whether an age in seconds is within the limits. Without limits, any age is.
---@param age? integer
---@param min_age? integer
---@param max_age? integer
---@return boolean
function rows.is_of_age(age, min_age, max_age)
  if not (min_age or max_age) then return true end
  return age ~= nil and (not min_age or age >= min_age) and (not max_age or age <= max_age)
end

---Returns a table with the fields of both. If both have a field, the second one wins.
---@param a table
---@param b table
---@return table
function rows.merged(a, b)
  local merged = {}
  for key, value in pairs(a) do merged[key] = value end
  for key, value in pairs(b) do merged[key] = value end
  return merged
end

---Adds the whole `days` to rows with an `age` in seconds, for display. Returns the same list.
---@generic T
---@param items T[]
---@return T[]
function rows.with_days(items)
  for _, row in ipairs(items) do row.days = rows.days(row.age) end
  return items
end

return rows
