-- Prints the results of a command on a fleet: a row for each machine and, in a table on a terminal,
-- the machines with the same output together.

local rows = require "rows"

local answers = {}

local COLUMNS = { "name", "instance_id", "region", "status", "exit_code", "output", "detail" }
local STATUSES = { "ok", "failed", "unreached", "cancelled", "unknown", "planned" }

---Returns the first line of a machine's standard output, or of its standard error if the output is empty.
---@param result fleet.Result
---@return string
function answers.first_line(result)
  local text = result.stdout ~= "" and result.stdout or result.stderr
  return text:match "^%s*([^\r\n]*)" or ""
end

---Returns the number of machines by status: "3 machines: 2 ok, 1 failed".
---@param run fleet.Run
---@param noun? string The singular noun for a target. Default: `machine`.
---@return string
function answers.summary(run, noun)
  local parts = {}
  for _, status in ipairs(STATUSES) do
    local count = run.counts[status] or 0
    if count > 0 then parts[#parts + 1] = count .. " " .. status end
  end
  return rows.counted(#run.results, noun or "machine") .. ": " .. table.concat(parts, ", ")
end

---Prints the results of a run, one row for each machine. In a table, groups of machines with the same output
---and the number of machines by status follow.
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
