-- State Manager's associations: their targets, their schedules, and the results on each machine.

local findings = require "findings"
local nodes = require "nodes"
local options = require "options"
local rows = require "rows"

local associations = {}

---@class associations.Association
---@field name string The association's name, or the document's name if it has none.
---@field association_id string
---@field document string
---@field version string
---@field targets string For example "tag:App=App20".
---@field schedule string
---@field status string "Success", "Failed", "Pending" or "InProgress".
---@field counts table<string, integer> Machines by status.
---@field success integer
---@field failed integer
---@field pending integer
---@field age? integer Seconds since the last run.
---@field last_execution_date? Time

local function in_words(association)
  local words = {}
  if association.instance_id then words[1] = association.instance_id end
  for _, target in ipairs(association.targets) do
    words[#words + 1] = target.key .. "=" .. table.concat(target.values, ",")
  end
  return table.concat(words, " ")
end

local function row(association)
  local overview = association.overview or {}
  local counts = overview.association_status_aggregated_count or {}
  return {
    name = association.association_name or association.name,
    association_id = association.association_id,
    document = association.name,
    version = association.association_version,
    targets = in_words(association),
    schedule = association.schedule_expression or "",
    status = overview.status or "Pending",
    counts = counts,
    success = counts.Success or 0,
    failed = counts.Failed or 0,
    pending = (counts.Pending or 0) + (counts.InProgress or 0),
    last_execution_date = association.last_execution_date,
    age = rows.age(association.last_execution_date),
  }
end

---@class associations.Options
---@field name? string
---@field document? string
---@field status? "Success"|"Failed"|"Pending"

---Returns all associations, or those that match the options.
---@param opts? associations.Options
---@return associations.Association[]
function associations.list(opts)
  local settings = options.read("associations.list", opts, {
    name = { "string" },
    document = { "string" },
    status = { "string", choices = { "Success", "Failed", "Pending" } },
  })
  local filters = {}
  local function filter(key, value)
    if value then filters[#filters + 1] = { key = key, value = value } end
  end
  filter("AssociationName", settings.name)
  filter("Name", settings.document)
  filter("AssociationStatusName", settings.status)
  local found = {}
  for association in ssm.list_associations.items { association_filter_list = #filters > 0 and filters or nil } do
    found[#found + 1] = row(association)
  end
  return rows.sorted(found, "name", "association_id")
end

---@class associations.Result
---@field name string The machine's.
---@field instance_id string
---@field association string
---@field association_id string
---@field execution_id string
---@field status string
---@field last_execution_date? Time

---Returns the result of an association's latest run on each machine.
---@param association associations.Association|string One of `associations.list`, or its id.
---@param opts? { status?: string }
---@return associations.Result[]
function associations.results(association, opts)
  local settings = options.read("associations.results", opts, { status = { "string" } })
  local id, name = association, association
  if type(association) == "table" then
    id, name = association.association_id, association.name
  end
  ---@cast id string
  -- The newest comes first.
  local page = ssm.describe_association_executions { association_id = id, max_results = 1 }
  local newest = page.association_executions[1]
  if not newest then return {} end
  local execution_id = newest.execution_id --[[@as string]]
  local filters = settings.status and { { key = "Status", value = settings.status } } or nil
  local name_of, found = nodes.namer(), {}
  local request = { association_id = id, execution_id = execution_id, filters = filters }
  for target in ssm.describe_association_execution_targets.items(request) do
    found[#found + 1] = {
      name = name_of(target.resource_id or ""),
      instance_id = target.resource_id,
      association = name,
      association_id = id,
      execution_id = execution_id,
      status = target.status,
      last_execution_date = target.last_execution_date,
    }
  end
  return rows.sorted(found, "name", "instance_id")
end

---Runs associations now.
---@param ids string[] Must not be empty: an empty list does not mean all.
function associations.run(ids)
  if #ids == 0 then error("associations.run: the list of ids is empty; name at least one association", 0) end
  ssm.start_associations_once { association_ids = ids }
end

---Returns a finding for each machine on which an association failed or is still pending.
---@return findings.Finding[]
function associations.findings()
  local found = {}
  for _, association in ipairs(associations.list()) do
    if association.failed + association.pending > 0 then
      for _, result in ipairs(associations.results(association)) do
        if result.status == "Failed" then
          local detail = association.name .. " failed; check the output of " .. association.document .. "."
          found[#found + 1] = findings.new(result, "high", "failed-association", detail)
        elseif result.status ~= "Success" then
          local detail = association.name .. " is still pending; check that the machine is online."
          found[#found + 1] = findings.new(result, "low", "waiting-association", detail)
        end
      end
    end
  end
  return findings.sorted(found, "instance_id", "association")
end

return associations
