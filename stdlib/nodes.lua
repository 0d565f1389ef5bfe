-- The machines that Systems Manager manages, and running instances that it does not manage.

local findings = require "findings"
local list = require "list"
local options = require "options"
local rows = require "rows"
local tags = require "tags"

local nodes = {}

---@class nodes.Node
---@field name string The Name tag, or the registered name of a machine outside EC2.
---@field instance_id string
---@field ping_status "Online"|"ConnectionLost"|"Inactive"
---@field age integer Seconds since the agent's last ping.
---@field last_ping_date_time Time
---@field agent_version string
---@field is_latest_version boolean
---@field platform_type "Linux"|"Windows"|"MacOS"
---@field platform_name string
---@field platform_version string
---@field computer_name string
---@field ip_address string
---@field resource_type "EC2Instance"|"ManagedInstance"
---@field tags table<string, string>

---@class nodes.Options
---@field tags? tags.Wanted
---@field ids? string[]
---@field ping_status? string
---@field platform_type? string

local SPECS = {
  tags = { "map" },
  ids = { "list" },
  ping_status = { "string", choices = { "Online", "ConnectionLost", "Inactive" } },
  platform_type = { "string", choices = { "Linux", "Windows", "MacOS" } },
}

-- Systems Manager does not return the tags of instances, but EC2 does.
local function tags_of_instances(some)
  local by_id = {}
  if not some then return by_id end
  local filters = { ["resource-type"] = "instance" }
  for tag in ec2.describe_tags.items { filters = filters } do
    local own = by_id[tag.resource_id] or {}
    own[tag.key] = tag.value
    by_id[tag.resource_id] = own
  end
  return by_id
end

local function tags_of_hybrid(id)
  return ssm.list_tags_for_resource { resource_type = "ManagedInstance", resource_id = id }.tag_list
end

local function row(info, by_id)
  local hybrid = info.resource_type == "ManagedInstance"
  local own = hybrid and tags_of_hybrid(info.instance_id) or by_id[info.instance_id] or {}
  local name = rows.name(own)
  return {
    name = name ~= "" and name or info.name or "",
    instance_id = info.instance_id,
    ping_status = info.ping_status,
    last_ping_date_time = info.last_ping_date_time,
    age = rows.age(info.last_ping_date_time),
    agent_version = info.agent_version,
    is_latest_version = info.is_latest_version,
    platform_type = info.platform_type,
    platform_name = info.platform_name,
    platform_version = info.platform_version,
    computer_name = info.computer_name,
    ip_address = info.ip_address,
    resource_type = info.resource_type,
    tags = own,
  }
end

-- The maximum of a filter of DescribeInstanceInformation.
local IDS_PER_FILTER = 100

-- The information about all machines, or about those with the ids.
local function informations(filters, ids)
  if not ids then
    return ssm.describe_instance_information.all { filters = #filters > 0 and filters or nil, max_results = 50 }
  end
  local found = {}
  for _, batch in ipairs(list.chunk(ids, IDS_PER_FILTER)) do
    local of_batch = list.flatten { filters, { { key = "InstanceIds", values = batch } } }
    for _, info in ipairs(ssm.describe_instance_information.all { filters = of_batch, max_results = 50 }) do
      found[#found + 1] = info
    end
  end
  return found
end

---Returns the managed machines, including those whose agent is not online. Stopped instances are not included.
---@param opts? nodes.Options
---@return nodes.Node[]
function nodes.managed(opts)
  local settings = options.read("nodes.managed", opts, SPECS)
  local filters = {}
  local function filter(key, values)
    if values then filters[#filters + 1] = { key = key, values = values } end
  end
  filter("PingStatus", settings.ping_status and { settings.ping_status })
  filter("PlatformTypes", settings.platform_type and { settings.platform_type })
  if settings.ids and #settings.ids == 0 then
    error("nodes.managed: option 'ids' is an empty list; leave it out to select all machines", 0)
  end
  local infos = informations(filters, settings.ids)
  local by_id = tags_of_instances(#infos > 0)
  local found = {}
  for _, info in ipairs(infos) do
    local node = row(info, by_id)
    if not settings.tags or tags.matches(node.tags, settings.tags) then found[#found + 1] = node end
  end
  return rows.sorted(found, "name", "instance_id")
end

---Returns the names of the managed machines by their ids.
---@return table<string, string>
function nodes.names()
  local names = {}
  for _, node in ipairs(nodes.managed()) do names[node.instance_id] = node.name end
  return names
end

---Returns a function that maps an id to a machine's name, or to "" if it has none. Its first call lists all machines.
---@return fun(id: string): string
function nodes.namer()
  local names
  return function(id)
    names = names or nodes.names()
    return names[id] or ""
  end
end

---@class nodes.Unmanaged
---@field name string
---@field instance_id string
---@field reason string The probable reason.
---@field profile? string The ARN of its instance profile.
---@field age integer Seconds since its launch.
---@field launch_time Time
---@field tags table<string, string>

-- An agent registers within a few minutes.
local STARTING = time.minutes(10)

-- Whether Default Host Management Configuration gives all instances a role for Systems Manager.
local function has_default_role()
  local id = "/ssm/managed-instance/default-ec2-instance-management-role"
  local ok, answer = pcall(ssm.get_service_setting, { setting_id = id })
  if not ok then
    log.warn("the default role for instances without a profile could not be read: " .. tostring(answer))
    return false
  end
  return answer.service_setting.setting_value ~= "$None"
end

local function reason(instance, default_role)
  if rows.age(instance.launch_time) < STARTING then
    return "It started a few minutes ago and may still register."
  end
  if not instance.iam_instance_profile and not default_role then
    return "It has no instance profile, so its agent has no credentials; attach one."
  end
  return "Its agent is stopped or not installed, its role lacks AmazonSSMManagedInstanceCore, or it cannot reach "
    .. "the endpoints of Systems Manager; check these."
end

---Returns the running instances that Systems Manager does not manage, each with the probable reason.
---@param opts? { tags?: tags.Wanted }
---@return nodes.Unmanaged[]
function nodes.unmanaged(opts)
  local settings = options.read("nodes.unmanaged", opts, { tags = { "map" } })
  local known = {}
  for info in ssm.describe_instance_information.items { max_results = 50 } do known[info.instance_id] = true end
  local found, default_role = {}, nil
  for instance in ec2.describe_instances.items { filters = { ["instance-state-name"] = "running" } } do
    local wanted = not settings.tags or tags.matches(instance.tags, settings.tags)
    if wanted and not known[instance.instance_id] then
      if default_role == nil then default_role = has_default_role() end
      found[#found + 1] = {
        name = rows.name(instance.tags),
        instance_id = instance.instance_id,
        reason = reason(instance, default_role),
        profile = instance.iam_instance_profile and instance.iam_instance_profile.arn,
        launch_time = instance.launch_time,
        age = rows.age(instance.launch_time),
        tags = instance.tags,
      }
    end
  end
  return rows.sorted(found, "name", "instance_id")
end

---Returns a finding for each machine that is offline, not managed, or has an outdated agent.
---@param opts? { tags?: tags.Wanted }
---@return findings.Finding[]
function nodes.findings(opts)
  local settings = options.read("nodes.findings", opts, { tags = { "map" } })
  local found = {}
  local function add(...) found[#found + 1] = findings.new(...) end
  for _, node in ipairs(nodes.managed { tags = settings.tags }) do
    if node.ping_status ~= "Online" then
      local last_ping = "Agent was last online " .. time.ago(node.last_ping_date_time) .. " ago"
      add(node, "high", "offline-node", last_ping .. "; start it or check the machine's network.")
    elseif node.platform_type == "Linux" and not node.is_latest_version then
      -- DescribeInstanceInformation knows the latest version only for Linux.
      local detail = "Agent " .. node.agent_version .. " is outdated; update it with AWS-UpdateSSMAgent."
      add(node, "low", "old-agent", detail)
    end
  end
  for _, instance in ipairs(nodes.unmanaged { tags = settings.tags }) do
    add(instance, "medium", "unmanaged-instance", "Systems Manager does not manage the instance. " .. instance.reason)
  end
  return findings.sorted(found, "instance_id")
end

return nodes
