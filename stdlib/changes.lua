-- Changes of many things by few calls: a thing that cannot be changed is told of, and does not
-- keep the others from it.

local options = require "options"

local changes = {}

---What became of one thing.
---@class changes.Outcome
---@field status string What was done, "planned", "protected" or "failed".
---@field detail string Why it was not done, or "".

-- AWS's answer to a change of several is about one of them: which, its message tells in many
-- ways. So a batch that fails is halved until that one is alone.
local function halves(batch)
  local middle = #batch // 2
  return table.move(batch, 1, middle, 1, {}), table.move(batch, middle + 1, #batch, 1, {})
end

-- What the guard refuses for one that is protected is refused for its whole batch. Those whom it
-- names are left out; any other refusal is about the run.
local function without_protected(batch, refusal, outcomes)
  local rest = {}
  for _, id in ipairs(batch) do
    if refusal.message:find(id .. " is protected", 1, true) then
      outcomes[id] = { status = "protected", detail = refusal.message }
    else
      rest[#rest + 1] = id
    end
  end
  if #rest == #batch then error(refusal, 0) end
  return rest
end

local function make(batch, call, done, outcomes)
  if #batch == 0 then return end
  local ok, answer = pcall(call, batch)
  if ok then
    -- What a planned change would have returned is no table yet.
    local status = type(answer) == "userdata" and "planned" or done
    for _, id in ipairs(batch) do outcomes[id] = { status = status, detail = "" } end
  elseif type(answer) == "string" or not answer.code then
    error(answer, 0)
  elseif answer.code == "Refused" then
    make(without_protected(batch, answer, outcomes), call, done, outcomes)
  elseif #batch == 1 or answer.retryable then
    for _, id in ipairs(batch) do outcomes[id] = { status = "failed", detail = answer.message } end
  else
    local first, second = halves(batch)
    make(first, call, done, outcomes)
    make(second, call, done, outcomes)
  end
end

---@class changes.Options
---@field size? integer How many a call takes, 100 if it is not said.
---@field done string The status of what was changed, as in "stopped".

---Calls a function with as many ids at once as a call takes, and tells for each what became of it.
---@param ids string[]
---@param call fun(batch: string[]): any One call of AWS's; its answer is returned.
---@param given changes.Options
---@return table<string, changes.Outcome?>
function changes.make(ids, call, given)
  local read = options.read("changes.make", given, {
    size = { "integer", default = 100 },
    done = { "string", required = true },
  })
  local outcomes = {}
  for first = 1, #ids, read.size do
    local last = math.min(first + read.size - 1, #ids)
    make(table.move(ids, first, last, 1, {}), call, read.done, outcomes)
  end
  return outcomes
end

---The exit code of a run that made changes: 3 where one could not be made.
---@param rows { status: string }[]
---@return integer
function changes.exit_code(rows)
  for _, row in ipairs(rows) do
    if row.status == "failed" then return 3 end
  end
  return 0
end

return changes
