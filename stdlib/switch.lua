-- Instances that are started and stopped by a schedule that stands in a tag of theirs.

local changes = require "changes"
local options = require "options"
local rows = require "rows"
local schedule = require "schedule"
local tags = require "tags"

local switch = {}

---@class switch.Options
---@field tag? string The tag with the schedule, "Schedule" if it is not said.
---@field zone? string The time zone of schedules that name none, "UTC" if it is not said.
---@field tags? tags.Wanted Only instances with these as well.
---@field now? Time For another time than now.
---@field within? string|integer Only what was switched in the last so long: what was switched by hand later stays so.

---@class switch.Row
---@field name string
---@field instance_id string
---@field type string
---@field state string As it was.
---@field schedule string
---@field status string "stopped", "started", "planned", "protected", "skipped" or "failed".
---@field next_change? Time When the schedule switches it next.
---@field detail string

local function read_options(function_name, given)
  return options.read(function_name, given, {
    tag = { "string", default = "Schedule" },
    zone = { "string", default = "UTC" },
    tags = { "map" },
    now = { "any", default = time.now() },
    within = { "duration" },
  })
end

local function row_of(instance, text)
  return {
    name = instance.name,
    instance_id = instance.instance_id,
    type = instance.type,
    state = instance.state,
    schedule = text,
    status = "",
    detail = "",
  }
end

-- Whether the schedule wants a change of an instance that is in the state that `want_on` ends.
local function is_due(plan, want_on, read)
  if schedule.is_on(plan, read.now) ~= want_on then return false end
  if not read.within then return true end
  local switched = schedule.last_change(plan, read.now)
  return switched ~= nil and read.now - switched <= read.within
end

-- The spot instances that cannot be stopped: of requests that are made once, as they are by default.
local function one_time(instances)
  local ids, found = {}, {}
  for _, instance in ipairs(instances) do
    if instance.lifecycle == "spot" then ids[#ids + 1] = instance.instance_id end
  end
  if #ids == 0 then return found end
  for request in ec2.describe_spot_instance_requests.items { filters = { ["instance-id"] = ids } } do
    if request.type ~= "persistent" then found[request.instance_id] = true end
  end
  return found
end

-- Why an instance is better left alone.
local function obstacle(instance, want_on, once)
  if instance.auto_scaling_group then
    local then_ = want_on and "which looks after its own machines" or "which would start another one in its place"
    return "It is in the auto scaling group " .. instance.auto_scaling_group .. ", " .. then_ .. ": schedule the group."
  end
  if not want_on and instance.root_device == "instance-store" then
    return "Its root disk goes when it is stopped, so that AWS does not stop it."
  end
  if once[instance.instance_id] then
    return "It is a spot instance of a one-time request, which can be terminated, but not stopped."
  end
end

-- The rows of what is to be changed, and of what cannot be.
local function due(instances, want_on, read)
  local found, ids, once = {}, {}, want_on and {} or one_time(instances)
  for _, instance in ipairs(instances) do
    local text = instance.tags[read.tag]
    local row = row_of(instance, text)
    local ok, plan = pcall(schedule.parse, text, { zone = read.zone })
    if not ok then
      row.status, row.detail = "failed", tostring(plan)
      found[#found + 1] = row
    elseif is_due(plan, want_on, read) then
      row.next_change = schedule.next_change(plan, read.now)
      local why_not = obstacle(instance, want_on, once)
      if why_not then
        row.status, row.detail = "skipped", why_not
      else
        ids[#ids + 1] = instance.instance_id
      end
      found[#found + 1] = row
    end
  end
  return found, ids
end

local function make(read, want_on, done, call)
  local state = want_on and "stopped" or "running"
  local wanted = rows.merged(read.tags or {}, { [read.tag] = true })
  local found, ids = due(fleet.instances { tags = wanted, state = state }, want_on, read)
  local outcomes = changes.make(ids, call, { done = done })
  for _, row in ipairs(found) do
    local outcome = outcomes[row.instance_id]
    if outcome then row.status, row.detail = outcome.status, outcome.detail end
  end
  return found
end

---Stops the running instances that their schedules want off now. A row for each, and for those that are
---left alone or whose schedule cannot be read.
---@param given? switch.Options
---@return switch.Row[]
function switch.stop(given)
  return make(read_options("switch.stop", given), false, "stopped", function(ids)
    return ec2.stop_instances { instance_ids = ids }
  end)
end

---Starts the stopped instances that their schedules want on now. A row for each, and for those that are
---left alone or whose schedule cannot be read.
---@param given? switch.Options
---@return switch.Row[]
function switch.start(given)
  return make(read_options("switch.start", given), true, "started", function(ids)
    return ec2.start_instances { instance_ids = ids }
  end)
end

return switch
