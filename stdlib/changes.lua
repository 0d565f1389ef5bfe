-- Changes many resources with few calls. A resource that cannot be changed is reported and does not stop
-- the change of the others.

local options = require "options"

local changes = {}

---The result for one resource.
---@class changes.Result
---@field status string The option `done`, "planned", "protected" or "failed".
---@field detail string The reason if the resource was not changed, or "".

-- AWS's error for a batch is about one resource, which the message names in many ways. So a batch that
-- fails is halved until that resource is alone.
local function halves(batch)
  local middle = #batch // 2
  return table.move(batch, 1, middle, 1, {}), table.move(batch, middle + 1, #batch, 1, {})
end

-- The guard refuses a whole batch for one protected resource. The resources that its message names are left
-- out; any other refusal concerns the run.
local function without_protected(batch, refusal, results)
  local rest = {}
  for _, id in ipairs(batch) do
    if refusal.message:find(id .. " is protected", 1, true) then
      results[id] = { status = "protected", detail = refusal.message }
    else
      rest[#rest + 1] = id
    end
  end
  if #rest == #batch then error(refusal, 0) end
  return rest
end

local function make(batch, call, done, results)
  if #batch == 0 then return end
  local ok, answer = pcall(call, batch)
  if ok then
    -- A planned call returns a placeholder, which is a userdata.
    local status = type(answer) == "userdata" and "planned" or done
    for _, id in ipairs(batch) do results[id] = { status = status, detail = "" } end
  elseif type(answer) == "string" or not answer.code then
    error(answer, 0)
  elseif answer.code == "Refused" then
    make(without_protected(batch, answer, results), call, done, results)
  elseif #batch == 1 or answer.retryable then
    for _, id in ipairs(batch) do results[id] = { status = "failed", detail = answer.message } end
  else
    local first, second = halves(batch)
    make(first, call, done, results)
    make(second, call, done, results)
  end
end

---@class changes.Options
---@field size? integer The maximum number of ids in a call. Default: 100.
---@field done string The status of a changed resource, for example "stopped".

---Calls a function with batches of ids and returns a result for each id.
---@param ids string[]
---@param call fun(batch: string[]): any Makes one AWS call and returns its response.
---@param opts changes.Options
---@return table<string, changes.Result?>
function changes.make(ids, call, opts)
  local settings = options.read("changes.make", opts, {
    size = { "integer", default = 100 },
    done = { "string", required = true },
  })
  local results = {}
  for first = 1, #ids, settings.size do
    local last = math.min(first + settings.size - 1, #ids)
    make(table.move(ids, first, last, 1, {}), call, settings.done, results)
  end
  return results
end

---Returns the exit code of a run that made changes: 3 if a change failed, otherwise 0.
---@param rows { status: string }[]
---@return integer
function changes.exit_code(rows)
  for _, row in ipairs(rows) do
    if row.status == "failed" then return 3 end
  end
  return 0
end

return changes
