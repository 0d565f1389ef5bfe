-- What a fleet has answered, as the scripts that run commands show it: a row for each machine, and
-- on a screen those that said the same together.

local rows = require "rows"

local answers = {}

local COLUMNS = { "name", "instance_id", "region", "status", "exit_code", "output", "detail" }
local STATUSES = { "ok", "failed", "unreached", "cancelled", "unknown", "planned" }

---The first line of what a machine has said; of its errors, where it has said nothing else.
---@param result fleet.Result
---@return string
function answers.first_line(result)
  local text = result.stdout ~= "" and result.stdout or result.stderr
  return text:match "^%s*([^\r\n]*)" or ""
end

---How many are what: "3 machines: 2 ok, 1 failed".
---@param run fleet.Run
---@param noun? string What they are called, `machine` if it is not said.
---@return string
function answers.summary(run, noun)
  local parts = {}
  for _, status in ipairs(STATUSES) do
    local count = run.counts[status] or 0
    if count > 0 then parts[#parts + 1] = count .. " " .. status end
  end
  local total = #run.results
  return total .. " " .. (noun or "machine") .. (total == 1 and ": " or "s: ") .. table.concat(parts, ", ")
end

---@param run fleet.Run
---@param title string
function answers.print(run, title)
  local found = {}
  for at, result in ipairs(run.results) do
    found[at] = rows.merged(result, { output = answers.first_line(result) })
  end
  rows.sorted(found, "name", "region", "instance_id")
  report.print(found, { title = title, columns = COLUMNS })
  if report.format() ~= "table" then return end
  print()
  print(run.grouped())
  print(answers.summary(run))
end

return answers
