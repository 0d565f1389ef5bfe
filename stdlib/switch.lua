-- Starts and stops instances by the schedule in one of their tags.

local changes = require "changes"
local list = require "list"
local options = require "options"
local rows = require "rows"
local schedule = require "schedule"
local tags = require "tags"

local switch = {}

---@class switch.Options
---@field tag? string The tag with the schedule. Default: "Schedule".
---@field zone? string The time zone of schedules without one. Default: "UTC".
---@field tags? tags.Wanted Only instances that also have these tags.
---@field now? Time The time to evaluate the schedules at. Default: now.
---@field within? string|integer Only instances whose schedule changed within this time; later manual changes stay.

---@class switch.Row
---@field name string
---@field instance_id string
---@field type string
---@field state string The state before the change.
---@field schedule string
---@field status string "stopped", "started", "planned", "protected", "skipped" or "failed".
---@field next_change? Time The time of the schedule's next change.
---@field detail string

local function read_options(function_name, opts)
  return options.read(function_name, opts, {
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

-- Whether the schedule requires the change to `want_on` now.
local function is_due(plan, want_on, settings)
  if schedule.is_on(plan, settings.now) ~= want_on then return false end
  if not settings.within then return true end
  local switched = schedule.last_change(plan, settings.now)
  return switched ~= nil and settings.now - switched <= settings.within
end

-- The maximum of EC2.
local VALUES_PER_FILTER = 200

-- The ids of spot instances of one-time requests (the default), which cannot be stopped.
local function one_time(instances)
  local ids, found = {}, {}
  for _, instance in ipairs(instances) do
    if instance.lifecycle == "spot" then ids[#ids + 1] = instance.instance_id end
  end
  for _, batch in ipairs(list.chunk(ids, VALUES_PER_FILTER)) do
    for request in ec2.describe_spot_instance_requests.items { filters = { ["instance-id"] = batch } } do
      if request.type ~= "persistent" then found[request.instance_id] = true end
    end
  end
  return found
end

-- Returns why an instance must not be changed, or nil.
local function obstacle(instance, want_on, once)
  if instance.auto_scaling_group then
    local group = "The auto scaling group " .. instance.auto_scaling_group
    local effect = want_on and " manages this instance" or " would replace this instance"
    return group .. effect .. "; schedule the group instead."
  end
  if not want_on and instance.root_device == "instance-store" then
    return "AWS cannot stop an instance whose root device is an instance store."
  end
  if once[instance.instance_id] then
    return "AWS cannot stop a spot instance of a one-time request; it can only be terminated."
  end
end

-- The rows of instances to change or to report, and the ids of the instances to change.
local function due(instances, want_on, settings)
  local found, ids, once = json.list(), {}, want_on and {} or one_time(instances)
  for _, instance in ipairs(instances) do
    local text = instance.tags[settings.tag]
    local row = row_of(instance, text)
    local ok, plan = pcall(schedule.parse, text, { zone = settings.zone })
    if not ok then
      row.status, row.detail = "failed", tostring(plan)
      found[#found + 1] = row
    elseif is_due(plan, want_on, settings) then
      row.next_change = schedule.next_change(plan, settings.now)
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

local function make(settings, want_on, done, call)
  local state = want_on and "stopped" or "running"
  local wanted = rows.merged(settings.tags or {}, { [settings.tag] = true })
  local found, ids = due(fleet.instances { tags = wanted, state = state }, want_on, settings)
  local results = changes.make(ids, call, { done = done })
  for _, row in ipairs(found) do
    local result = results[row.instance_id]
    if result then row.status, row.detail = result.status, result.detail end
  end
  return found
end

---Stops the running instances whose schedule is off now. Returns a row for each of them, including skipped
---instances and instances with an invalid schedule.
---@param opts? switch.Options
---@return switch.Row[]
function switch.stop(opts)
  return make(read_options("switch.stop", opts), false, "stopped", function(ids)
    return ec2.stop_instances { instance_ids = ids }
  end)
end

---Starts the stopped instances whose schedule is on now. Returns a row for each of them, including skipped
---instances and instances with an invalid schedule.
---@param opts? switch.Options
---@return switch.Row[]
function switch.start(opts)
  return make(read_options("switch.start", opts), true, "started", function(ids)
    return ec2.start_instances { instance_ids = ids }
  end)
end

return switch
